---------------------------- MODULE MCElections ----------------------------
(* Bounds for TLC.                                                          *)
EXTENDS Elections, Reached
TwoLead == \E r, q \in Replica : r # q /\ role[r] = "leader" /\ role[q] = "leader"
Reaches == Reached(1, "TwoLeaders", TwoLead)
=============================================================================
