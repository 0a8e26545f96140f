----------------------------- MODULE MCSessions -----------------------------
(***************************************************************************)
(* Bounds for TLC, smaller next-state relations and a late start.          *)
(* README.md says why each is sound, or what it leaves out.                *)
(***************************************************************************)
EXTENDS Sessions, Reached

CONSTANTS MaxSlot, MaxNumber
BoundedSlot   == 1 .. MaxSlot
BoundedNumber == 1 .. MaxNumber

(* A slot is decided when some replica has executed those before it: nobody *)
(* but Apply reads what is decided.                                         *)
InTurn(s)  == \E r \in Replica : machine[r].slot = s - 1
ChooseNext == \E s \in Slot, v \in asked : InTurn(s) /\ Choose(s, v)
EvictNext  == \E s \in Slot, i \in WasOpened : InTurn(s) /\ Evict(s, i)
Numbers(c) == Cardinality(Asked(c)) < MaxNumber /\ Request(c)

(* No snapshots: what clients do and what the log makes of it.              *)
PipelineNext ==
  \/ ChooseNext \/ EvictNext
  \/ \E c \in Client : \/ OpenSession(c) \/ TakesSession(c) \/ Numbers(c)
                       \/ Retries(c)     \/ TakesAnswer(c)
  \/ \E r \in Replica : Applies(r)

(* Some replicas take snapshots and restart, the others install them.       *)
CONSTANT Taker
Symmetry    == Permutations(Taker) \cup Permutations(Replica \ Taker)
               \cup Permutations(Client)
SnapshotNext ==
  \/ ChooseNext \/ EvictNext
  \/ \E c \in Client : Retries(c) \/ TakesAnswer(c)
  \/ \E r \in Replica : Applies(r)
  \/ \E r \in Taker : TakeSnapshot(r) \/ Restart(r)
  \/ \E r \in Replica \ Taker, q \in Taker : InstallSnapshot(r, q)

(* Everything, in turn.                                                     *)
EveryNext ==
  \/ PipelineNext
  \/ \E r \in Replica : \/ TakeSnapshot(r) \/ InstallsSnapshot(r)
                        \/ Restart(r)

(* Late start: the first slots have opened a session for each client, every *)
(* replica has a snapshot of that, and all commands are sent.               *)
RECURSIVE After(_)
After(s) == IF s = 0 THEN Blank ELSE Execute(After(s - 1), s, chosen[s])
SentStart ==
  LET n == Cardinality(Client)
  IN /\ \E f \in [1 .. n -> Client] :
          /\ {f[s] : s \in 1 .. n} = Client
          /\ chosen  = [s \in 1 .. n |-> Open(f[s])]
          /\ session = [c \in Client |-> CHOOSE s \in 1 .. n : f[s] = c]
     /\ known    = [r \in Replica |-> Empty]
     /\ machine  = [r \in Replica |-> After(n)]
     /\ snapshot = machine
     /\ got      = [c \in Client |-> Empty]
     /\ asked    = {Command(session[c], k, 1) : c \in Client, k \in Number}
     /\ said     = [t \in Types |-> {}]
StepsOfLog == [][Log!Next]_log
-----------------------------------------------------------------------------
(* What must be reached.                                                    *)
Twice(m, n) == SameCommand(m, n) /\ m.slot < n.slot
Why(o)      == \E m \in said.refused : m.why = o
Duplicate   == \E m, n \in said.answer : Twice(m, n)
OutOfOrder  == \E r \in Replica : LET d == machine[r].data
  IN \E k, l \in DOMAIN d : k < l /\ d[k][1] = d[l][1] /\ d[k][2] > d[l][2]
(* A refusal is no answer: another copy of the command is executed later.   *)
Later       == \E m \in said.refused, n \in said.answer :
  m.why = "above" /\ Twice(m, n)
(* A replica that takes none has a snapshot with the first of two answers   *)
(* to a command, and gives the second.                                      *)
Installed   == \E r \in Replica \ Taker : \E m, n \in said.answer :
  Twice(m, n) /\ m.slot <= snapshot[r].slot /\ snapshot[r].slot < n.slot
  /\ n.slot <= machine[r].slot
ReachesTable    == /\ Reached(1, "DuplicateAnswered", Duplicate)
                   /\ Reached(2, "OutOfOrder", OutOfOrder)
                   /\ Reached(3, "EvictedRefused", Why("unknown"))
ReachesWindow   == /\ Reached(4, "BelowRefused", Why("below"))
                   /\ Reached(5, "AboveRefused", Why("above"))
                   /\ Reached(7, "RefusedThenAnswered", Later)
ReachesSnapshot == Reached(6, "InstalledAnswers", Installed)
=============================================================================
