---------------------------- MODULE MCMultiPaxos ----------------------------
(* Bounds for TLC.                                                          *)
EXTENDS MultiPaxos

CONSTANTS MaxSlot, MaxBallot
BoundedSlot   == 1 .. MaxSlot
BoundedBallot == 1 .. MaxBallot
Symmetry      == Permutations(Replica) \cup Permutations(Value)

(* One promise or one vote at a time, and no learner: known is chosen, so   *)
(* what is chosen once is what all know.                                    *)
PromiseOne(r) == \E b \in Ballot : b > promised[r] /\ Answer(r, b, {})
VoteOne(r)    == \E k \in Open(r) : Answer(r, k[1], {k})
DecideNext    == \E r \in Replica : Campaigns(r) \/ PromiseOne(r) \/ Proposes(r) \/ VoteOne(r)

(* Must be violated.                                                        *)
NeverChosen   == \A s \in Slot : ChosenIn(s) = {}
NeverTwice    == \A s \in Slot : Cardinality(ChosenIn(s)) < 2
=============================================================================
