------------------------------ MODULE MCDisks ------------------------------
(***************************************************************************)
(* Bounds for TLC, late starts, and smaller next-state relations.          *)
(* README.md says why each reduction is sound or what it leaves out.       *)
(***************************************************************************)
EXTENDS Disks, Reached

CONSTANTS
  MaxSlot, MaxBallot, MaxLosses,
  a, b, c, d, e,           \* members; Birth is {a, b, c}
  dForA, eForB, aForD      \* configurations
BoundedSlot   == 1 .. MaxSlot
BoundedBallot == 1 .. MaxBallot
Changes == (dForA :> {b, c, d}) @@ (eForB :> {c, d, e}) @@ (aForD :> {a, b, c})

(* One promise or one vote at a time, and only votes that may be counted.  *)
PromiseOne(r) == \E k \in Ballot : /\ k > promised[r] /\ Promises(r, k)
                                   /\ UNCHANGED <<votes, known, owner, proposal>>
VoteFor(r, s, B) == \E k \in DOMAIN proposal \ votes[r] :
                   /\ k[2] = s /\ k[1] \in B /\ k[1] >= promised[r]
                   /\ Promises(r, k[1]) /\ Votes(r, {k})
                   /\ UNCHANGED <<known, owner, proposal>>
VoteIn(r, s)  == VoteFor(r, s, Ballot)
Votable       == \E f \in {TheChosen} : \E s \in {x \in Slot : Settled(f, x)} :
                   \E r \in Living \cap MembersAt(f, s) : VoteIn(r, s)

(* The leader of each ballot, who learns, and what a ballot proposes in a  *)
(* slot if it is free to choose.                                           *)
CONSTANTS Leader(_), Learner, Own(_, _)
CampaignOf(r)  == \E k \in Ballot : r = Leader(k) /\ Campaign(r, k)
Offers(s)      == {Own(s, k) : k \in Ballot}
Bound(r, s, v) == \/ v = Own(s, promised[r])
                  \/ \E k \in DOMAIN proposal : k[2] = s /\ proposal[k] = v
AdmitOf(r)     == \E s \in Slot, v \in DOMAIN Membership :
                    /\ s \notin DOMAIN known[r] /\ v \in Offers(s) /\ Bound(r, s, v)
                    /\ Admit(r, s, v)
ProposeOf(r)   == \E s \in Slot, v \in Value \ DOMAIN Membership :
                    /\ s \notin DOMAIN known[r] /\ v \in Offers(s) /\ Bound(r, s, v)
                    /\ Propose(r, promised[r], s, v)
Leaders        == {r \in Living : promised[r] > 0 /\ Leader(promised[r]) = r}
LearnAll       == \E f \in {TheChosen} : \E r \in Living \cap Learner :
                    DOMAIN known[r] # DOMAIN f /\ Learn(r, DOMAIN f)
LearnAny       == \E f \in {TheChosen} : \E r \in Living \cap Learner :
                    \E s \in DOMAIN f \ DOMAIN known[r] : Learn(r, {s})
LoseOne(r)     == /\ Cardinality({x \in Replica : disk[x] = "lost"}) < MaxLosses
                  /\ LoseDisk(r)

LossNext ==
  \/ \E r \in Replica : Mark(r)
  \/ \E r \in Living  : LoseOne(r)
  \/ \E r \in Living  : AnswersChange(r)
  \/ \E r \in Living  : Keeps(CampaignOf(r))
  \/ \E r \in Living  : Keeps(PromiseOne(r))
  \/ \E r \in Leaders : Keeps(AdmitOf(r))
  \/ \E r \in Leaders : Keeps(ProposeOf(r))
  \/ Keeps(Votable)
  \/ Keeps(LearnAll)
(* The last slot is not voted for at the highest ballot: ChosenOnce looks   *)
(* at what that ballot proposes only.                                       *)
VoteUseful == \E f \in {TheChosen} : \E s \in {x \in Slot : Settled(f, x)} :
                \E r \in Living \cap MembersAt(f, s) :
                  VoteFor(r, s, IF s < MaxSlot THEN Ballot ELSE Ballot \ {MaxBallot})
ChangeNext ==
  \/ \E r \in Living  : LoseOne(r)
  \/ \E r \in Living  : Keeps(CampaignOf(r))
  \/ \E r \in Living  : Keeps(PromiseOne(r))
  \/ \E r \in Leaders : Keeps(AdmitOf(r))
  \/ \E r \in Leaders : Keeps(ProposeOf(r))
  \/ Keeps(VoteUseful)
  \/ Keeps(LearnAll)
Loses    == \E r \in Living  : LoseOne(r)
Answered == \E r \in Living  : AnswersChange(r)
Promised == \E r \in Living  : Keeps(PromiseOne(r))
Admitted == \E r \in Leaders : Keeps(AdmitOf(r))
VotedFor == Keeps(Votable)
Learnt   == Keeps(LearnAny)
FindNext == \/ \E r \in Replica : Mark(r)
            \/ Loses \/ Answered \/ Promised \/ Admitted \/ VotedFor \/ Learnt
-----------------------------------------------------------------------------
(* Late starts: b leads ballot 1, to which the members of P have promised; *)
(* in the slots of f it proposed, and the members of v[s] voted; those of  *)
(* k know all of f.                                                        *)
Late(P, f, v, k, D, n) ==
  /\ promised = [r \in Replica |-> IF r \in P THEN 1 ELSE 0]
  /\ votes    = [r \in Replica |-> {<<1, s>> : s \in {x \in DOMAIN f : r \in v[x]}}]
  /\ known    = [r \in Replica |-> IF r \in k THEN f ELSE Empty]
  /\ owner    = 1 :> b
  /\ proposal = [x \in {<<1, s>> : s \in DOMAIN f} |-> f[x[2]]]
  /\ disk     = D
  /\ answered = n
Disk(N, L) == [r \in Replica |-> IF r \in N THEN "none" ELSE IF r \in L THEN "lost" ELSE "marked"]

(* d came for a, and the configuration with e for b is chosen; b leads on. *)
SecondStart == Late(Replica, <<dForA, eForB>>, <<{b, c}, {b, c, d}>>, {b, c, d}, Disk({}, {a}), 1)
SecondOwn(s, k) == IF s = 1 THEN dForA ELSE IF s = 2 THEN eForB ELSE k
LeaderBD(k) == IF k = 1 THEN b ELSE d
LeaderBC(k) == IF k = 1 THEN b ELSE c
(* The configuration with d for a is proposed by b, which voted; or chosen,  *)
(* and nobody knows.                                                        *)
ChangeStart == Late(Replica, <<dForA>>, <<{b}>>, {}, Disk({}, {}), 0)
ChosenStart == Late(Replica, <<dForA>>, <<{a, b}>>, {}, Disk({}, {}), 0)
ChangeOwn(s, k) == IF s = 1 /\ k = 1 THEN dForA ELSE k
(* The configuration with d for a is chosen, and d has no marker. *)
BlankStart == Late(Replica \ {d}, <<dForA>>, <<{b, c}>>, {b, c}, Disk({d}, {a}), 1)
(* d came for a, which promised ballot 2 of c and then lost its disk; the   *)
(* next configuration names a again.                                        *)
BackStart ==
  /\ promised = [r \in Replica |-> IF r \in {a, c} THEN 2 ELSE 1]
  /\ votes    = [r \in Replica |-> {<<1, s>> : s \in IF r \in {b, c} THEN {1, 2} ELSE {}}]
  /\ known    = [r \in Replica |-> IF r \in {b, c} THEN <<dForA, aForD>> ELSE Empty]
  /\ owner    = (1 :> b) @@ (2 :> c)
  /\ proposal = (<<1, 1>> :> dForA) @@ (<<1, 2>> :> aForD)
  /\ disk     = Disk({}, {a})
  /\ answered = 1
BackOwn(s, k) == IF s = 1 THEN dForA ELSE IF s = 2 THEN aForD ELSE k
(* Slot 1 is chosen, and c lacks it. *)
FindStart == Late(Replica \ {d}, <<1>>, <<{a, b}>>, {b}, Disk({d}, {}), 0)
FindOwn(s, k) == IF s = 2 THEN dForA ELSE k

Leads(r) == /\ r \in Leaders /\ promised[r] \in DOMAIN owner
            /\ \E s \in Slot : /\ Settled(known[r], s)
                 /\ IsQuorum({x \in Replica : promised[x] >= promised[r]}, MembersAt(known[r], s))
TwoLeaders == \E r, q \in Living : r # q /\ Leads(r) /\ Leads(q)
Reaches == Reached(1, "TwoLeaders", TwoLeaders)
=============================================================================
