----------------------------- MODULE Membership -----------------------------
(***************************************************************************)
(* When the machines of removed members may be destroyed: what a change of *)
(* the configuration must wait for before it is answered.                  *)
(***************************************************************************)
EXTENDS MultiPaxos

VARIABLES
  saved,     \* [Replica -> Nat]: known up to here, and on the disk
  retired    \* set of members that are destroyed

Alive       == Replica \ retired
Changes(f)  == {c \in DOMAIN f : f[c] \in DOMAIN Membership}
Saving(s)   == {r \in Alive : saved[r] >= s}

MemberInit  == Init /\ saved = [r \in Replica |-> 0] /\ retired = {}
-----------------------------------------------------------------------------
(***************************************************************************)
(* WHO   A member that is alive.                                           *)
(* WHAT  Its known prefix, up to n, is synced.                             *)
(* SAFE  Known slots are chosen.                                           *)
(* FROM  Paxos Made Live: catch-up, and the log on the disk.               *)
(***************************************************************************)
Save(r, n) ==
  /\ r \in Alive /\ n > saved[r] /\ 1 .. n \subseteq DOMAIN Knows(r)
  /\ saved' = [saved EXCEPT ![r] = n]
  /\ UNCHANGED <<vars, retired>>

(***************************************************************************)
(* WHO   The operator, once the change in slot c is answered: it removed a,*)
(*       and no later one names it.                                        *)
(* WHAT  a is destroyed with its disk.                                     *)
(* SAFE  The answer waits until a quorum of the new configuration has      *)
(*       saved every slot that an older one governs.  What the removed     *)
(*       members alone could tell, nobody has to ask for any more.         *)
(* FROM  Ours; Paxos Made Live leaves group membership without proof.      *)
(***************************************************************************)
Answered(f, c) == IsQuorum(Saving(c + Alpha - 1), Membership[f[c]])
Retire(a, c) ==
  /\ LET f == TheChosen
     IN /\ c \in Changes(f) /\ Answered(f, c)
        /\ \A d \in Changes(f) : d >= c => a \notin Membership[f[d]]
  /\ retired' = retired \cup {a}
  /\ UNCHANGED <<vars, saved>>
-----------------------------------------------------------------------------
Saves(r)   == \E n \in Slot : Save(r, n)
Retires(a) == \E c \in Slot : Retire(a, c)
(* A crash keeps what is saved.                                             *)
Keeps(r)   == 1 .. saved[r] \subseteq DOMAIN Knows(r)'
Paxos(r)   == Campaigns(r) \/ Answer(r) \/ Proposes(r) \/ Learns(r) \/ Crash(r)
MemberNext == \E r \in Replica :
  \/ r \in Alive /\ Paxos(r) /\ Keeps(r) /\ UNCHANGED <<saved, retired>>
  \/ Saves(r) \/ Retires(r)

(* Who is destroyed is gone for good, and does nothing.                     *)
Has(r)       == <<promised[r], votes[r], known[r], saved[r]>>
Led(r)       == {k \in DOMAIN proposal : owner[k[1]] = r}
RetiredIsIdle == [][\A r \in retired :
                     r \in retired' /\ Has(r)' = Has(r) /\ Led(r)' = Led(r)]_<<vars, saved, retired>>
(* What is saved is known, and stays saved.                                 *)
SavedIsKnown  == \A r \in Alive : 1 .. saved[r] \subseteq DOMAIN Knows(r)
SavedStays    == [][\A r \in Replica : saved[r] <= saved'[r]]_saved
(* What was chosen can be read: its own quorum is alive, or a quorum of    *)
(* some later configuration has saved it.                                  *)
NothingIsLost ==
  LET f == TheChosen
  IN \A s \in DOMAIN f :
       \/ IsQuorum(Alive, MembersAt(f, s))
       \/ \E c \in Changes(f) : IsQuorum(Saving(s), Membership[f[c]])
=============================================================================
