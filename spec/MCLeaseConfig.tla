---------------------------- MODULE MCLeaseConfig ---------------------------
(***************************************************************************)
(* Leases while one configuration gives way to a disjoint one: alpha is 1, *)
(* slot 1 holds the configuration and slot 2 a write.  Any replica may     *)
(* learn a slot before its leader does.  No time passes.                   *)
(***************************************************************************)
EXTENDS MCLeasedLog

One     == {1}
ToTwo   == [v \in {"c"} |-> {2}]
ToPair  == [v \in {"c"} |-> {2, 3}]
(* Ballot 1 is to write the configuration, ballot 2, of 2, the other slot.  *)
ProposesOwn(r) == \/ In(r, 1) /\ ProposeValue(r, 1, "c")
                  \/ In(r, 2) /\ ProposeValue(r, 2, "v")
Changing(r)    == \/ r = 2 /\ BeginNext(r)
                  \/ PromiseOne(r)  \/ CountQuorum(r) \/ VoteOne(r)
                  \/ ProposesOwn(r) \/ LearnNext(r)   \/ AnswersWrite(r)
ChangeNext      == \E r \in Replica :
                     Changing(r) \/ AskIn(r, 1) \/ Grants(r) \/ LocalRead(r)
ChangeRoundNext == \E r \in Replica :
  \/ Changing(r) \/ (In(r, 1) /\ AskRound(r))
  \/ Confirms(r) \/ ReadByQuorum(r)
(* Ballot 1 is to write slot 2 in the new configuration, where ballot 2     *)
(* asks for the lease.                                                      *)
Lower(r)        == \/ r = 2 /\ BeginNext(r)
                   \/ PromiseOne(r) \/ CountQuorum(r) \/ VoteOne(r)
                   \/ In(r, 1) /\ ProposeValue(r, 2, "v")
                   \/ In(r, 1) /\ (LearnNext(r) \/ AnswersWrite(r))
LowerNext       == \E r \in Replica :
                     Lower(r) \/ AskIn(r, 2) \/ Grants(r) \/ LocalRead(r)

(* 1 leads ballot 1.                                                        *)
AloneStart == Unwritten /\ Start(1 :> 1, 1 :> 1, 1 :> By({1}, 0))
(* 1 leads ballot 1 and has written the configuration, which 1 and 2 know;  *)
(* 2 and 3 have promised ballot 1.                                          *)
LowerStart ==
  /\ proposal = <<1, 1>> :> "c" /\ answered = {1}
  /\ votes = [r \in Replica |-> IF r = 1 THEN {<<1, 1>>} ELSE {}]
  /\ known = [r \in Replica |-> IF r < 3 THEN 1 :> "c" ELSE Empty]
  /\ Start([r \in 1 .. 3 |-> 1], 1 :> 1, 1 :> By({1, 2, 3}, 0))
=============================================================================
