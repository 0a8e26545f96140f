----------------------------- MODULE TraceEvent -----------------------------
(***************************************************************************)
(* The steps of a merged trace, and what of it is kept beside the state of *)
(* PaxosReplica.                                                           *)
(***************************************************************************)
EXTENDS PaxosReplica, TraceData

VARIABLES
  cursor,   \* the next step of the trace
  ids,      \* message id -> set of messages (Entries are several)
  steps,    \* [Replica -> Seq([mark, ids])]: of each state in queue, its event and what rests on it
  floor,    \* [Replica -> Nat]: entries up to here were forgotten
  decided,  \* slot -> the value that some replica made known first
  marks,    \* the slots of the marks among them, never forgotten
  rounds    \* [Replica -> the id of its last round for reads]
trace == <<cursor, ids, steps, floor, decided, marks, rounds>>
Header       == EventAt(0)
Range(q)     == {q[i] : i \in DOMAIN q}
TraceReplica == Range(Header.members)    \* also who joins later
TraceBirth   == Range(Header.birth)
Changes      == Range(Header.configurations)    \* <<value, members>>
TraceMembership == [v \in {c[1] : c \in Changes} |-> Range((CHOOSE c \in Changes : c[1] = v)[2])]
TraceAlpha   == Header.alpha
TraceValue   == STRING
TraceTerm    == Header.leaseMs
TraceEps     == Header.marginMs \div 2   \* the margin of a lease is 2 * Eps

e == EventAt(cursor)
r == e.r

(* An event names the messages that it consumed or counted.                *)
Named    == UNION {ids[i] : i \in Range(e.from)}
Message  == CHOOSE m \in Named : TRUE
OfType(t) == {m \in Named : m.type = t}

(* A line for the report if the spec's value is not the logged one.        *)
Same(what, allowed, logged) ==
  IF allowed = logged THEN TRUE
  ELSE PrintT("differs;" \o what \o ";" \o ToString(allowed) \o ";" \o ToString(logged)) /\ FALSE
-----------------------------------------------------------------------------
(* What no later step names is dropped (conformance/merge/forget.ts).      *)
Raised(q) == LET F == {e.floors[k][2] : k \in {k \in DOMAIN e.floors : e.floors[k][1] = q}}
             IN IF F = {} THEN floor[q] ELSE Max(F)
Kept(f, n) == [s \in {x \in DOMAIN f : x > n \/ f[x] \in DOMAIN Membership} |-> f[s]]
(* The state of a snapshot: the slots of it that were not forgotten.        *)
TraceState(q, n) == LET f == known[q] @@ snapshot[q].state IN [s \in {x \in DOMAIN f : x <= n} |-> f[s]]
Forget ==
  /\ floor' = [q \in Replica |-> Raised(q)]
  /\ Same("floors within what is durable", {},
          {q \in Replica : floor'[q] > Max({Disk(q).prefix, snapshot[q].upTo, floor[q]})})
  /\ ids' = [i \in DOMAIN ids \ Range(e.gone) |-> ids[i]]
  /\ sent' = LET live == UNION {ids'[i] : i \in DOMAIN ids'} IN [t \in Types |-> sent[t] \cap live]
  /\ queue' = [q \in Replica |-> IF floor'[q] = floor[q] THEN queue[q] ELSE
       SubSeq([k \in DOMAIN queue[q] |->
                 [queue[q][k] EXCEPT !.accepted = From(@, floor'[q] + 1),
                                     !.known = Kept(@, floor'[q])]], 1, Len(queue[q]))]
  /\ known' = [q \in Replica |-> IF floor'[q] = floor[q] THEN known[q] ELSE Kept(known[q], floor'[q])]
  /\ snapshot' = [q \in Replica |-> [snapshot[q] EXCEPT !.state = From(@, floor'[q] + 1)]]
  /\ decided' = From(decided, e.settled + 1)
  /\ LET live(t) == {m \in UNION {ids'[i] : i \in DOMAIN ids'} : m.type = t}
     IN /\ asks'   = {[ballot |-> m.ballot, at |-> m.at] : m \in live("ask")}
        /\ grants' = {[from |-> m.from, ballot |-> m.ballot, at |-> m.at] : m \in live("grant")}
  /\ UNCHANGED <<prefix, learnt, role, applied, owner, clock, lent, quiet, released, steps, marks, rounds>>
=============================================================================
