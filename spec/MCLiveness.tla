----------------------------- MODULE MCLiveness -----------------------------
(***************************************************************************)
(* Bounds for TLC: who owns which ballot, who takes part, who crashes.     *)
(* Every action of which Liveness assumes fairness is in each relation, or *)
(* the assumption would take behaviours away instead of steps for granted. *)
(***************************************************************************)
EXTENDS Liveness, MCPaxosReplica

CONSTANTS OwnerOf, Third

(* Ballots belong to replicas from the start, and the last one is Leader's: *)
(* the others campaign finitely often, and Leader outbids them.             *)
Last      == MaxBallot
ByThird   == [b \in Ballot |-> IF b = Last THEN Leader ELSE Third]
ByOther   == [b \in Ballot |-> IF b = Last - 1 THEN CHOOSE r \in Others : TRUE
                                ELSE Leader]
ByLeader  == [b \in Ballot |-> Leader]
OwnCampaigns(r) == \E b \in Ballot : OwnerOf[b] = r /\ Campaign(r, b)

(* Who knows nothing has nothing to tell.                                   *)
Tells(r) == prefix[r] > 0 /\ Announce(r)

(* What a replica of Quorum does but for crashes; entries go to who asks.   *)
Serving(r) ==
  \/ Campaigns(r)     \/ PrepareNew(r)     \/ PrepareReject(r)
  \/ BecomesLeader(r) \/ Requests(r)       \/ AcceptNew(r)
  \/ AcceptReject(r)  \/ Chooses(r)        \/ Tells(r)
  \/ HandlesChosen(r) \/ HandlesCatchUp(r) \/ HandlesReject(r)
  \/ Applies(r)       \/ Persists(r)
  \/ \E q \in Quorum : Teaches(r, q)
(* And the third one: it leads an older ballot, teaches, and stops for good *)
(* wherever it likes, as nothing is assumed of it.                          *)
Straying(r) ==
  \/ Campaigns(r) \/ BecomesLeader(r) \/ Requests(r)
  \/ Chooses(r)   \/ PersistOne(r)
  \/ \E q \in Quorum : Teaches(r, q)
(* Leader crashes as long as it has a ballot left.                          *)
Failing(r) ==
  \/ (IF r = Leader THEN Last \notin DOMAIN owner ELSE TRUE) /\ CrashHard(r)
  \/ Restart(r)

ServeNext == \E r \in Quorum : Serving(r)
StrayNext == ServeNext \/ Straying(Third)
FailNext  == ServeNext \/ \E r \in Quorum : Failing(r)
ServeSpec == Init /\ [][ServeNext]_vars /\ Fairness
StraySpec == Init /\ [][StrayNext]_vars /\ Fairness
FailSpec  == Init /\ [][FailNext]_vars /\ Fairness

(* Must be violated: the assumptions allow a behaviour in which all is done.*)
NeverDone == <>[](\E v \in Value, r \in Quorum : ~AppliedAt(r, v))
=============================================================================
