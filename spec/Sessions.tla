------------------------------ MODULE Sessions ------------------------------
(***************************************************************************)
(* Exactly-once over the log.  A request may be decided in many slots: its *)
(* client asks again, a new leader proposes again what it finds.  Each     *)
(* replica executes it once, since the state that it applies slots to has  *)
(* a table with a row per session: which numbers of a window are answered, *)
(* and with what.                                                          *)
(*                                                                         *)
(* The log is that of ReplicatedLog: no ballots, disks or messages between *)
(* replicas.  What clients and replicas say are facts in growing sets: to  *)
(* read one late, twice or never is delay, doubling or loss.               *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
  Replica,   \* the replicas
  Client,    \* the clients; one that needs a second session is a new one
  Window     \* how many numbers of a session are kept at once

Slot   == Nat \ {0}      \* models replace these two by finite sets
Number == Nat \ {0}      \* the sequence numbers of a session

VARIABLES
  chosen,    \* function from the decided slots to their values
  known,     \* [Replica -> function from the slots of its log to values]
  machine,   \* [Replica -> state]: what it has executed          memory
  snapshot,  \* [Replica -> state]: its last snapshot             disk
  session,   \* [Client -> Nat]: its session, 0 before it has one
  got,       \* [Client -> function from the numbers answered to answers]
  asked,     \* set of the values that clients have sent
  said       \* [type -> set of replies that replicas have sent]

log     == <<chosen, known>>
clients == <<session, got, asked>>
vars    == <<chosen, known, machine, snapshot, session, got, asked, said>>

Empty      == [s \in {} |-> 0]
Max(S)     == CHOOSE x \in S : \A y \in S : y <= x
Min(S)     == CHOOSE x \in S : \A y \in S : x <= y
From(f, k) == [s \in {x \in DOMAIN f : x >= k} |-> f[s]]
Less(f, k) == [s \in DOMAIN f \ {k} |-> f[s]]

(* What a slot may hold.  A session is named by the slot of its Open.  low *)
(* is the lowest number without an answer when the client asked.           *)
Open(c)          == [type |-> "open", client |-> c]
Eviction(i)      == [type |-> "eviction", session |-> i]
Command(i, n, l) ==
  [type |-> "command", session |-> i, seq |-> n, low |-> l]
Commands == {Command(i, n, l) : i \in Slot, n \in Number, l \in Number}
Value    == {Open(c) : c \in Client} \cup {Eviction(i) : i \in Slot}
            \cup Commands

(* A state: the slot up to which it executed, what it executed, in order,  *)
(* and the table.  The answer to a request is its place in that order, so  *)
(* that another execution has another answer.                              *)
Blank  == [slot |-> 0, data |-> <<>>, table |-> Empty]
NewRow == [low |-> 1, answers |-> Empty]
Types  == {"opened", "answer", "refused"}

Init ==
  /\ chosen   = Empty
  /\ known    = [r \in Replica |-> Empty]
  /\ machine  = [r \in Replica |-> Blank]
  /\ snapshot = [r \in Replica |-> Blank]
  /\ session  = [c \in Client |-> 0]
  /\ got      = [c \in Client |-> Empty]
  /\ asked    = {}
  /\ said     = [t \in Types |-> {}]
-----------------------------------------------------------------------------
(* The state machine: a function of the state, the slot and its value.     *)

(* A row moves up to l, and never back.                                    *)
Trim(row, l) ==
  LET k == Max({row.low, l}) IN [low |-> k, answers |-> From(row.answers, k)]

(* What becomes of command v, given table t: "new" executes, "again" has   *)
(* its answer in the row, and the others are refused and change nothing.   *)
Outcome(t, v) ==
  IF v.session \notin DOMAIN t THEN "unknown"
  ELSE LET row == Trim(t[v.session], v.low)
       IN IF v.seq < row.low THEN "below"
          ELSE IF v.seq >= row.low + Window THEN "above"
          ELSE IF v.seq \in DOMAIN row.answers THEN "again" ELSE "new"

Answered(row, n, a) == [row EXCEPT !.answers = (n :> a) @@ @]
Serve(m, v) ==
  LET o == Outcome(m.table, v)
      a == Len(m.data) + 1
  IN IF o = "again" THEN [m EXCEPT !.table[v.session] = Trim(@, v.low)]
     ELSE IF o # "new" THEN m
     ELSE [m EXCEPT !.data = Append(@, <<v.session, v.seq>>),
                    !.table[v.session] = Answered(Trim(@, v.low), v.seq, a)]

Execute(m, s, v) ==
  LET n == IF v.type = "open"
           THEN [m EXCEPT !.table = (s :> NewRow) @@ @]
           ELSE IF v.type = "eviction"
           THEN [m EXCEPT !.table = Less(@, v.session)]
           ELSE Serve(m, v)
  IN [n EXCEPT !.slot = s]

(* What is said once v was executed in slot s on state m, which gave n.    *)
Opened(c, i)       == [client |-> c, session |-> i]
Answer(s, v, a)    == [slot |-> s, session |-> v.session, seq |-> v.seq,
                       answer |-> a]
Refusal(s, v, why) == [slot |-> s, session |-> v.session, seq |-> v.seq,
                       why |-> why]
Says(t, x)         == said' = [said EXCEPT ![t] = @ \cup {x}]
Replies(m, n, s, v) ==
  IF v.type = "open" THEN Says("opened", Opened(v.client, s))
  ELSE IF v.type = "eviction" THEN said' = said
  ELSE LET o == Outcome(m.table, v)
       IN IF o \in {"new", "again"}
          THEN Says("answer",
                    Answer(s, v, n.table[v.session].answers[v.seq]))
          ELSE Says("refused", Refusal(s, v, o))
-----------------------------------------------------------------------------
(* What a client knows of itself.                                          *)
Asked(c)       == {n \in Number : \E v \in asked : /\ v.type = "command"
                                                   /\ v.session = session[c]
                                                   /\ v.seq = n}
Outstanding(c) == Asked(c) \ DOMAIN got[c]
Low(c)         == Min((1 .. Cardinality(DOMAIN got[c]) + 1) \ DOMAIN got[c])
Ask(c, n)      == Command(session[c], n, Low(c))
Sends(v)       == asked' = asked \cup {v}

(***************************************************************************)
(* WHO   A client.                                                         *)
(* WHAT  It asks for a session.                                            *)
(* SAFE  Asked twice it may open two; the one that it does not take is     *)
(*       evicted unused.                                                   *)
(* FROM  Raft dissertation, 6.3: a client registers through the log.       *)
(***************************************************************************)
OpenSession(c) ==
  /\ Sends(Open(c))
  /\ UNCHANGED <<log, machine, snapshot, session, got, said>>

(***************************************************************************)
(* WHO   A client without a session, told that its Open was executed.      *)
(* WHAT  It takes that session, for good.                                  *)
(* SAFE  The log named the session: none before or later has its name, so  *)
(*       a late command is never one of another session.                   *)
(* FROM  Raft dissertation, 6.3: the id may be the log index of the entry. *)
(***************************************************************************)
TakeSession(c, m) ==
  /\ session[c] = 0
  /\ m.client = c
  /\ session' = [session EXCEPT ![c] = m.session]
  /\ UNCHANGED <<log, machine, snapshot, got, asked, said>>

(***************************************************************************)
(* WHO   A client with a session, whatever else it waits for.              *)
(* WHAT  It asks with its next number, and says which is its lowest number *)
(*       without an answer.                                                *)
(* SAFE  What that trims is answered.  It need not know the window.        *)
(* FROM  LogCabin talk: use sequence numbers for exactly-once.  The lowest *)
(*       number is that of the Raft dissertation, 6.3; the window is new.  *)
(***************************************************************************)
Request(c) ==
  /\ session[c] # 0
  /\ Sends(Ask(c, Cardinality(Asked(c)) + 1))
  /\ UNCHANGED <<log, machine, snapshot, session, got, said>>

(***************************************************************************)
(* WHO   A client that waits for the answer to n: at a timeout, perhaps at *)
(*       another replica, or after a refusal since n is above the window.  *)
(* WHAT  It asks again under the same number, with its low of today.       *)
(* SAFE  Both may be decided, in any order and far apart.                  *)
(* FROM  LogCabin talk: a guessed leader, redirected if wrong.  A retry    *)
(*       that never renews its low may be refused for ever.                *)
(***************************************************************************)
Retry(c, n) ==
  /\ Sends(Ask(c, n))
  /\ UNCHANGED <<log, machine, snapshot, session, got, said>>

(***************************************************************************)
(* WHO   A client, on an answer in its session.                            *)
(* WHAT  That number is answered, and its low may rise.  A refusal is no   *)
(*       answer: the command may have been executed, or may be yet.        *)
(* SAFE  All answers to a number are the same.                             *)
(* FROM  Raft dissertation, 6.3.                                           *)
(***************************************************************************)
TakeAnswer(c, m) ==
  /\ m.session = session[c]
  /\ got' = [got EXCEPT ![c] = (m.seq :> m.answer) @@ @]
  /\ UNCHANGED <<log, machine, snapshot, session, asked, said>>

-----------------------------------------------------------------------------
Decide(s, v) ==
  /\ s \notin DOMAIN chosen
  /\ chosen' = (s :> v) @@ chosen
  /\ UNCHANGED <<known, machine, snapshot, clients, said>>

(***************************************************************************)
(* WHO   Any leader: there may be several at once, and others later.       *)
(* WHAT  What a client sent is decided in a slot, the first time or not.   *)
(* SAFE  No leader needs to know what was decided before: all is judged    *)
(*       where it is executed.                                             *)
(* FROM  LogCabin talk: submit request to state machine, at-least-once.    *)
(***************************************************************************)
Choose(s, v) == Decide(s, v)

(***************************************************************************)
(* WHO   The master, when a session was silent too long; here anybody, for *)
(*       any session that was ever opened.                                 *)
(* WHAT  The end of the session is decided in a slot.                      *)
(* SAFE  All replicas end it between the same two slots, by no clock and no*)
(*       count of their own.                                               *)
(* FROM  Raft dissertation, 6.3: servers must agree on when to expire.     *)
(***************************************************************************)
Evict(s, i) == Decide(s, Eviction(i))

(***************************************************************************)
(* WHO   A replica.                                                        *)
(* WHAT  It learns the next slot and executes it, and replies to a client  *)
(*       that may wait at it.  (To learn ahead would change nothing here.) *)
(* SAFE  State, slot and value alone say what becomes of a command, so all *)
(*       replicas do the same, and the row changes with the data.          *)
(* FROM  LogCabin talk: the state machine advances over finalized slots.   *)
(***************************************************************************)
Apply(r, s) ==
  LET m == machine[r]
      n == Execute(m, s, chosen[s])
  IN /\ s = m.slot + 1
     /\ known'   = [known EXCEPT ![r] = (s :> chosen[s]) @@ @]
     /\ machine' = [machine EXCEPT ![r] = n]
     /\ Replies(m, n, s, chosen[s])
     /\ UNCHANGED <<chosen, snapshot, clients>>

(***************************************************************************)
(* WHO   A replica.                                                        *)
(* WHAT  It writes its state down, with its slot and its table, and drops  *)
(*       its log up to there.                                              *)
(* SAFE  What was executed, that it was executed and up to which slot are  *)
(*       never apart.                                                      *)
(* FROM  Paxos Made Live: snapshot and log must be mutually consistent.    *)
(***************************************************************************)
TakeSnapshot(r) ==
  /\ snapshot' = [snapshot EXCEPT ![r] = machine[r]]
  /\ known'    = [known EXCEPT ![r] = From(@, machine[r].slot + 1)]
  /\ UNCHANGED <<chosen, machine, clients, said>>

(***************************************************************************)
(* WHO   A replica that needs slots which q has dropped.                   *)
(* WHAT  It takes the snapshot of q for its own and goes on from there.    *)
(* SAFE  It answers what q answered before.  (An old snapshot is a step    *)
(*       back, as a restart is, and harmless here; the code takes none.)   *)
(* FROM  Paxos Made Live: catch-up carries a snapshot over.                *)
(***************************************************************************)
InstallSnapshot(r, q) ==
  /\ snapshot' = [snapshot EXCEPT ![r] = snapshot[q]]
  /\ machine'  = [machine EXCEPT ![r] = snapshot[q]]
  /\ known'    = [known EXCEPT ![r] = From(@, snapshot[q].slot + 1)]
  /\ UNCHANGED <<chosen, clients, said>>

(***************************************************************************)
(* WHO   A replica, at any moment.                                         *)
(* WHAT  It stops, starts from its last snapshot and learns the log anew.  *)
(* SAFE  What it executes again it executes on the state on which it did so*)
(*       first, and its replies are the same.                              *)
(* FROM  Paxos Made Live: the snapshot, then replay of the log.            *)
(***************************************************************************)
Restart(r) ==
  /\ machine' = [machine EXCEPT ![r] = snapshot[r]]
  /\ known'   = [known EXCEPT ![r] = Empty]
  /\ UNCHANGED <<chosen, snapshot, clients, said>>
-----------------------------------------------------------------------------
(* Each action under a name of its own, so that TLC names it in traces.    *)
WasOpened           == {i \in DOMAIN chosen : chosen[i].type = "open"}
TakesSession(c)     == \E m \in said.opened : TakeSession(c, m)
Retries(c)          == \E n \in Outstanding(c) : Retry(c, n)
TakesAnswer(c)      == \E m \in said.answer : TakeAnswer(c, m)
Chooses             == \E s \in Slot, v \in asked : Choose(s, v)
Evicts              == \E s \in Slot, i \in WasOpened : Evict(s, i)
Applies(r)          == \E s \in DOMAIN chosen : Apply(r, s)
InstallsSnapshot(r) == \E q \in Replica : InstallSnapshot(r, q)

Next ==
  \/ Chooses \/ Evicts
  \/ \E c \in Client :
       \/ OpenSession(c) \/ TakesSession(c) \/ Request(c) \/ Retries(c)
       \/ TakesAnswer(c)
  \/ \E r \in Replica :
       \/ Applies(r) \/ TakeSnapshot(r) \/ InstallsSnapshot(r) \/ Restart(r)
Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
TypeOK ==
  /\ DOMAIN chosen \subseteq Slot /\ asked \subseteq Value
  /\ \A s \in DOMAIN chosen : chosen[s] \in Value
  /\ \A r \in Replica : /\ DOMAIN known[r] \subseteq DOMAIN chosen
                        /\ snapshot[r].slot <= machine[r].slot
  /\ \A c \in Client : /\ session[c] \in Slot \cup {0}
                       /\ DOMAIN got[c] \subseteq Asked(c)

(* No command is executed twice, and one that was answered is executed at  *)
(* each replica that has come that far.                                    *)
SameCommand(m, n) == m.session = n.session /\ m.seq = n.seq
Has(d, m) == \E k \in DOMAIN d : d[k] = <<m.session, m.seq>>
ExactlyOnce ==
  \A r \in Replica :
    LET d == machine[r].data
    IN /\ \A k, l \in DOMAIN d : d[k] = d[l] => k = l
       /\ \A m \in said.answer : m.slot <= machine[r].slot => Has(d, m)

(* Who asks again is told what it was told, or would have been.            *)
SameAnswer ==
  /\ \A m, n \in said.answer : SameCommand(m, n) => m.answer = n.answer
  /\ \A c \in Client : \A m \in said.answer :
       m.session = session[c] /\ m.seq \in DOMAIN got[c]
         => got[c][m.seq] = m.answer

(* A client of a live session can still get all that it waits for: nothing *)
(* of it was trimmed, and the first of it is answered when asked again.    *)
Retryable ==
  \A c \in Client, r \in Replica :
    session[c] \in DOMAIN machine[r].table =>
      \A n \in Outstanding(c) :
        LET o == Outcome(machine[r].table, Ask(c, n))
        IN o # "below" /\ (n = Low(c) => o # "above")

(* Who is told that its session is over had it ended by the log.           *)
RefusedIsEvicted ==
  \A m \in said.refused : m.why = "unknown" =>
    \E s \in m.session + 1 .. m.slot : chosen[s] = Eviction(m.session)

(* A row keeps no more than a window of answers.                           *)
WindowBounded ==
  \A r \in Replica : \A i \in DOMAIN machine[r].table :
    Cardinality(DOMAIN machine[r].table[i].answers) <= Window

StatesAgree == \A r, q \in Replica :
  machine[r].slot = machine[q].slot => machine[r] = machine[q]
SessionsDiffer == \A c, d \in Client :
  session[c] = session[d] => c = d \/ session[c] = 0
-----------------------------------------------------------------------------
(* Refinement: sessions are a use of the log, and change nothing of it.    *)
Log == INSTANCE ReplicatedLog
RefinesReplicatedLog == Log!Spec
=============================================================================
