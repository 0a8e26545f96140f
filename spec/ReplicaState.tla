---------------------------- MODULE ReplicaState ----------------------------
(***************************************************************************)
(* What a replica is: the state of PaxosReplica, its messages, and how a   *)
(* step reaches the disk.                                                  *)
(*                                                                         *)
(* A replica is a queue of durable states.  The head is its disk, the last *)
(* is its memory, and between them lies what was handled and is not synced *)
(* yet.  Each queued state holds the messages that rest on it (out): they  *)
(* leave when it is on the disk, and never before.  Beside the queue lies  *)
(* the snapshot, a file of its own: the slots that it covers are in the    *)
(* log no more.                                                            *)
(*                                                                         *)
(* Messages that have left are facts in growing sets.  A message that is   *)
(* lost is a fact nobody reads, one that is late or doubled is a fact read *)
(* late or twice, so the network needs no action of its own.               *)
(***************************************************************************)
EXTENDS Configurations, Sequences, TLC

CONSTANTS
  Replica,   \* the members that exist
  Value,     \* what a slot may hold; no action tests it
  Term, Eps  \* see Leases
(* Alpha also bounds how many slots above the known prefix may be open.    *)

Slot   == Nat \ {0}      \* models replace these two by finite sets
Ballot == Nat \ {0}      \* 0 stands for no ballot

VARIABLES
  queue,     \* [Replica -> Seq(durable state)], never empty
  snapshot,  \* [Replica -> [upTo, state, inForce, learnt]]: on the disk;
             \* at first slot 0, the birth record
  known,     \* [Replica -> function from the slots above the snapshot,
             \* up to prefix, to values]                            memory
  prefix,    \* [Replica -> Nat]: every slot up to it is known         memory
  learnt,    \* [Replica -> Nat]: highest ballot at which any was learnt memory
  role,      \* [Replica -> follower | candidate | leader | down]      memory
  applied,   \* [Replica -> Nat]: slots executed                       memory
  owner,     \* function from the ballots in use to their replicas
  sent,      \* [type -> set of messages that have left]
  clock, lent, quiet, asks, grants, released  \* see Leases

memory == <<known, prefix, learnt, applied>>
leases == <<clock, lent, quiet, asks, grants, released>>
vars   == <<queue, snapshot, known, prefix, learnt, role, applied, owner, sent, leases>>

Types == {"prepare", "promise", "accept", "accepted", "chosen", "entry",
          "reject", "snapshot"}
Empty == [s \in {} |-> 0]
Blank == [promised |-> 0, accepted |-> Empty, known |-> Empty,
          prefix |-> 0, learnt |-> 0, out |-> {}]
BirthRecord == [upTo |-> 0, state |-> Empty, learnt |-> 0,
                inForce |-> [k \in 1 .. Alpha |-> Birth]]

LogInit ==
  /\ queue   = [r \in Replica |-> <<Blank>>]
  /\ snapshot = [r \in Replica |-> BirthRecord]
  /\ known   = [r \in Replica |-> Empty]
  /\ prefix  = [r \in Replica |-> 0]
  /\ learnt  = [r \in Replica |-> 0]
  /\ role    = [r \in Replica |-> "follower"]
  /\ applied = [r \in Replica |-> 0]
  /\ owner   = Empty
  /\ sent    = [t \in Types |-> {}]
-----------------------------------------------------------------------------
Min(S)     == CHOOSE x \in S : \A y \in S : x <= y
Disk(r)    == queue[r][1]
Mem(r)     == queue[r][Len(queue[r])]
Waiting(r) == Len(queue[r]) - 1
Up(r)      == role[r] # "down"

(* Ballot of the vote for slot s among the votes f; 0 if there is none.    *)
VotedAt(f, s) == IF s \in DOMAIN f THEN f[s].ballot ELSE 0
From(f, k)    == [s \in {x \in DOMAIN f : x >= k} |-> f[s]]

(* The members that govern a slot s above the prefix of r: the newest      *)
(* configuration Alpha slots below it or more, or what the snapshot says.  *)
Configuration(r, s) ==
  LET C == {c \in DOMAIN known[r] : c + Alpha <= s /\ known[r][c] \in DOMAIN Membership}
  IN IF C # {} THEN Membership[known[r][Max(C)]]
     ELSE snapshot[r].inForce[Min({s - snapshot[r].upTo, Alpha})]

(* The values of slots 1 to n, of which the state is a function.           *)
StateUpTo(r, n) == [s \in 1 .. n |-> IF s <= snapshot[r].upTo THEN snapshot[r].state[s]
                                     ELSE known[r][s]]
-----------------------------------------------------------------------------
(* Messages.  A Promise says all that its sender accepted in the slots     *)
(* asked for and not known to it, whatever the window.                     *)
Prepare(b, r, k)  == [type |-> "prepare", ballot |-> b, from |-> r, first |-> k]
Promise(b, r, k)  == [type |-> "promise", ballot |-> b, from |-> r, prefix |-> prefix[r],
                      accepted |-> From(Mem(r).accepted, Max({k, prefix[r] + 1}))]
Accept(b, s, v)   == [type |-> "accept", ballot |-> b, slot |-> s, value |-> v]
Accepted(b, s, r) == [type |-> "accepted", ballot |-> b, slot |-> s, from |-> r]
Chosen(b, n)      == [type |-> "chosen", ballot |-> b, upTo |-> n]
Entry(s, v, b)    == [type |-> "entry", slot |-> s, value |-> v, learnt |-> b]
Reject(b)         == [type |-> "reject", ballot |-> b]
Snapshot(r, n)    == [type |-> "snapshot", upTo |-> n, state |-> StateUpTo(r, n),
                      inForce |-> [k \in 1 .. Alpha |-> Configuration(r, n + k)],
                      learnt |-> learnt[r]]

With(M) == [t \in Types |-> LET N == {m \in M : m.type = t}
                            IN IF N = {} THEN sent[t] ELSE sent[t] \cup N]
Send(M) == queue' = queue /\ sent' = With(M)

(* A durable step of r to the state st: held rests on it, now does not.    *)
(* Its record carries what is known, so that a restart begins there.       *)
Step(r, st, now, held) ==
  /\ queue' = [queue EXCEPT ![r] = Append(@, [st EXCEPT !.known = known'[r],
                 !.prefix = prefix'[r], !.learnt = learnt'[r], !.out = held])]
  /\ sent' = With(now)

(* An answer given again rests on memory as it is: on the last waiting     *)
(* step, or on nothing.                                                    *)
Hold(r, M) ==
  IF Waiting(r) = 0 THEN Send(M)
  ELSE sent' = sent /\ queue' = [queue EXCEPT ![r][Len(queue[r])].out = @ \cup M]

Becomes(r, x) == role' = [role EXCEPT ![r] = x]

(* r saw ballot b: it campaigns and leads in no lower one.                 *)
Follows(r, b) ==
  Becomes(r, IF Up(r) /\ b > Mem(r).promised THEN "follower" ELSE role[r])
=============================================================================
