---------------------------- MODULE MCMultiPaxos ----------------------------
(* Bounds for TLC.                                                          *)
EXTENDS MultiPaxos

CONSTANTS MaxSlot, MaxBallot
BoundedSlot   == 1 .. MaxSlot
BoundedBallot == 1 .. MaxBallot
NoMembership  == Empty
Symmetry      == Permutations(Replica) \cup Permutations(Value)

(* One promise or one vote at a time, and no learner: known is chosen, so   *)
(* what is chosen once is what all know.                                    *)
PromiseOne(r) == \E b \in Ballot : /\ b > promised[r] /\ Promises(r, b)
                                   /\ UNCHANGED <<votes, known, owner, proposal>>
VoteOne(r)    == \E k \in DOMAIN proposal \ votes[r] :
                   /\ k[1] >= promised[r] /\ Promises(r, k[1]) /\ Votes(r, {k})
                   /\ UNCHANGED <<known, owner, proposal>>
KnowsAll(r)   == TheChosen
DecideNext    == \E r \in Replica : Campaigns(r) \/ PromiseOne(r) \/ Proposes(r) \/ VoteOne(r)

(* Must be violated.                                                        *)
NeverChosen   == TheChosen = Empty
NeverTwice    == \A s \in Slot : Cardinality(ChosenIn(TheChosen, s)) < 2
=============================================================================
