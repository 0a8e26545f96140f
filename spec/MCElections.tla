---------------------------- MODULE MCElections ----------------------------
(* Bounds for TLC.                                                          *)
EXTENDS Elections, Reached
TwoLead == \E r, q \in Replica :
  r # q /\ role[r] = "leader" /\ role[q] = "leader"
Reaches == Reached(1, "TwoLeaders", TwoLead)
(* Must be violated: the assumptions allow a behaviour in which one leads.  *)
NeverSteady == []<>(\A r \in Replica : ~Leads(r))
=============================================================================
