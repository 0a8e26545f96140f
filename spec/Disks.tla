------------------------------- MODULE Disks -------------------------------
(***************************************************************************)
(* Disks that are lost for good.  A member is one life of a disk, so who   *)
(* loses its disk ends: it is to the others what a member is that crashed  *)
(* and never restarts, and what it promised and voted for stays said.  The *)
(* replica comes back as a new member, blank and under a marker of its     *)
(* own, and counts once a configuration names it.                          *)
(*                                                                         *)
(* Refines MultiPaxos: a loss is a crash after which all is forgotten that *)
(* the member knew, and nothing that it said.                              *)
(*                                                                         *)
(* What is known is on the disk here; a crash that keeps the disk is no    *)
(* step.                                                                   *)
(***************************************************************************)
EXTENDS MultiPaxos

VARIABLES
  disk,      \* [Replica -> none | marked | lost]
  answered   \* the slot of the last change that was answered, 0 for Birth

disksVars == <<vars, disk, answered>>

DisksInit ==
  /\ Init
  /\ disk     = [r \in Replica |-> IF r \in Birth THEN "marked" ELSE "none"]
  /\ answered = 0

Living == {r \in Replica : disk[r] = "marked"}

(* The members of the configuration in slot c of the chosen values f, 0    *)
(* for Birth, and the configurations that are needed still.                *)
Named(f, c) == IF c = 0 THEN Birth ELSE Membership[f[c]]
Needed(f)   == {c \in DOMAIN f \cup {0} :
                  c >= answered /\ (c = 0 \/ f[c] \in DOMAIN Membership)}
-----------------------------------------------------------------------------
(***************************************************************************)
(* WHO   A replica on a new disk.                                          *)
(* WHAT  Its marker is written: it is a member that promised nothing, and  *)
(*       from now on it answers, whatever configuration is in force.       *)
(* SAFE  Its id was drawn with the marker, so that nothing was ever said   *)
(*       under it.  Who counts looks at the configuration of the slot.     *)
(* FROM  Paxos Made Live: a marker tells a lost disk from a new replica.   *)
(***************************************************************************)
Mark(r) ==
  /\ disk[r] = "none"
  /\ disk'     = [disk EXCEPT ![r] = "marked"]
  /\ promised' = [promised EXCEPT ![r] = 0]
  /\ UNCHANGED <<votes, known, owner, proposal, answered>>

(***************************************************************************)
(* WHO   The owner of a ballot, for a slot.                                *)
(* WHAT  It proposes a configuration, like any value.  The one that admits *)
(*       a new member removes the old one in the same step.                *)
(* SAFE  As any proposal.  Were the old one kept, the configuration would  *)
(*       begin with a member lost.                                         *)
(* FROM  Paxos Made Simple, on alpha; departs from Paxos Made Live, where  *)
(*       the replica votes again under its old name.                       *)
(***************************************************************************)
Admit(r, s, v) ==
  /\ v \in DOMAIN Membership
  /\ Propose(r, promised[r], s, v)

(***************************************************************************)
(* WHO   Whoever knows the configuration in slot c.                        *)
(* WHAT  It answers the change: those that it removed may be destroyed.    *)
(* SAFE  A quorum of the new configuration has on its disks every slot     *)
(*       that an older one governs, so that no older one is needed.        *)
(* FROM  Not in the seeds.                                                 *)
(***************************************************************************)
AnswerChange(r, c) ==
  /\ c \in DOMAIN known[r]
  /\ known[r][c] \in DOMAIN Membership
  /\ IsQuorum({m \in Living : 1 .. c + Alpha - 1 \subseteq DOMAIN known[m]},
              Membership[known[r][c]])
  /\ answered' = Max({answered, c})
  /\ UNCHANGED <<vars, disk>>

(***************************************************************************)
(* WHO   Any member.                                                       *)
(* WHAT  Its disk is lost, and with it the member.  (The guard is what we  *)
(*       assume of the world: each configuration keeps a quorum until the  *)
(*       change that replaces it is answered.)                             *)
(* SAFE  It says nothing more, and nobody else speaks in its name.         *)
(* FROM  Paxos Made Live, handling disk corruption; departs from it.       *)
(***************************************************************************)
LoseDisk(r) ==
  /\ \A f \in {TheChosen} : \A c \in Needed(f) :
       IsQuorum(Living \ {r}, Named(f, c))
  /\ disk'  = [disk EXCEPT ![r] = "lost"]
  /\ known' = [known EXCEPT ![r] = Empty]
  /\ UNCHANGED <<promised, votes, owner, proposal, answered>>
-----------------------------------------------------------------------------
Keeps(A)    == A /\ UNCHANGED <<disk, answered>>
Admits(r)   == \E s \in Slot, v \in DOMAIN Membership : Admit(r, s, v)
ProposesOther(r) == \E s \in Slot, v \in Value \ DOMAIN Membership :
                      Propose(r, promised[r], s, v)
AnswersChange(r) == \E c \in Slot : AnswerChange(r, c)
DisksNext ==
  \/ \E r \in Replica : Mark(r)
  \/ \E r \in Living  : LoseDisk(r)
  \/ \E r \in Living  : AnswersChange(r)
  \/ \E r \in Living  : Keeps(Campaigns(r))
  \/ \E r \in Living  : Keeps(Answer(r))
  \/ \E r \in Living  : Keeps(Admits(r))
  \/ \E r \in Living  : Keeps(ProposesOther(r))
  \/ \E r \in Living  : Keeps(Learns(r))
DisksSpec == DisksInit /\ [][DisksNext]_disksVars
-----------------------------------------------------------------------------
(* What was chosen can be found: a quorum of the slot's configuration can  *)
(* be asked for its votes, or a member knows the slot.                     *)
NeverLost == \A f \in {TheChosen} : \A s \in DOMAIN f :
  \/ IsQuorum(Living, MembersAt(f, s))
  \/ \E m \in Living : s \in DOMAIN known[m]
(* Who has no marker has said nothing. *)
BlankIsSilent == \A r \in Replica :
  disk[r] = "none" => promised[r] = 0 /\ votes[r] = {}

Paxos == INSTANCE MultiPaxos
RefinesMultiPaxos == Paxos!Spec
=============================================================================
