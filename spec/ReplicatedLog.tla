--------------------------- MODULE ReplicatedLog ---------------------------
(***************************************************************************)
(* What the protocol is for: a log in which each slot is decided once, and *)
(* replicas that come to know decided slots.  The top of the ladder; it    *)
(* says nothing of ballots, disks or messages.                             *)
(*                                                                         *)
(* Functions are sparse: a slot outside the domain is not decided, or not  *)
(* known.  Steps take sets of slots, since one sync below may decide many. *)
(***************************************************************************)
EXTENDS TLC

CONSTANTS Replica, Slot, Value

VARIABLES
  chosen,    \* function from the decided slots to their values
  known      \* [Replica -> function from the slots it knows to values]

vars == <<chosen, known>>

Empty    == [s \in {} |-> 0]
Of(f, S) == [s \in S |-> f[s]]

Init == chosen = Empty /\ known = [r \in Replica |-> Empty]
-----------------------------------------------------------------------------
(***************************************************************************)
(* Slots are decided, each for a value and for good.  In any order: the    *)
(* order in which they are applied is that of the slots.                   *)
(* FROM  Paxos Made Simple: only a single value is chosen.                 *)
(***************************************************************************)
Decides ==
  /\ \E S \in SUBSET (Slot \ DOMAIN chosen) : chosen' \in [DOMAIN chosen \cup S -> Value]
  /\ Of(chosen', DOMAIN chosen) = chosen
Choose  == UNCHANGED known /\ Decides

(***************************************************************************)
(* One replica comes to know slots that are decided already.               *)
(* FROM  LogCabin talk: the finalized flag, guaranteed not to change.      *)
(***************************************************************************)
Learn(r) ==
  /\ known' \in {[known EXCEPT ![r] = Of(chosen, S) @@ @] :
                   S \in SUBSET (DOMAIN chosen \ DOMAIN known[r])}
  /\ UNCHANGED chosen

(***************************************************************************)
(* One replica stops and forgets some of what it knew; the disk that it    *)
(* leaves behind may complete a decision.                                  *)
(* FROM  LogCabin talk: servers crash at any time and restart later.       *)
(***************************************************************************)
Crash(r) ==
  /\ known' \in {[known EXCEPT ![r] = Of(@, S)] : S \in SUBSET DOMAIN known[r]}
  /\ Decides

Next == Choose \/ \E r \in Replica : Learn(r) \/ Crash(r)
Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
TypeOK ==
  /\ DOMAIN chosen \subseteq Slot /\ \A s \in DOMAIN chosen : chosen[s] \in Value
  /\ \A r \in Replica : DOMAIN known[r] \subseteq Slot
Agreement == \A r, q \in Replica : \A s \in DOMAIN known[r] \cap DOMAIN known[q] :
               known[r][s] = known[q][s]
KnownIsChosen == \A r \in Replica : \A s \in DOMAIN known[r] :
                   s \in DOMAIN chosen /\ known[r][s] = chosen[s]
=============================================================================
