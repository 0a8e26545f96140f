--------------------------- MODULE MCMembership ---------------------------
(***************************************************************************)
(* Changes of the configuration: bounds, and smaller next-state relations. *)
(* Ballots are bound to their owners from the start: to take one changes   *)
(* nothing else, so it may be done first.  A free proposal above the first *)
(* slot is the number of its ballot: no action tests a value that is no    *)
(* configuration, so that values that all differ show every conflict.      *)
(***************************************************************************)
EXTENDS Membership, Reached

CONSTANTS a, b, c, x, y, MaxSlot, MaxBallot
BoundedSlot   == 1 .. MaxSlot
BoundedBallot == 1 .. MaxBallot
Own(k)        == {k}    \* as a set, it can be compared with configurations
TheValues     == {x, y} \cup {Own(k) : k \in Ballot \cup {0}}

BirthA    == {a}
BirthAB   == {a, b}
BirthABC  == {a, b, c}
AToB      == x :> {b}
AToBC     == x :> {b, c}
AddOrRemove == (x :> {a, b, c}) @@ (y :> {b})
ABToBC    == x :> {b, c}
AnySet    == [S \in SUBSET {a, b, c} \ {{}} |-> S]
AnyValues == {Own(k) : k \in Ballot \cup {0}} \cup DOMAIN AnySet

OwnedInit ==
  /\ promised = [r \in Replica |-> 0]
  /\ votes    = [r \in Replica |-> {}]
  /\ known    = [r \in Replica |-> Empty]
  /\ owner    \in [Ballot -> Replica]
  /\ proposal = Empty
  /\ saved    = [r \in Replica |-> 0]
  /\ retired  = {}
(* Two ballots in a row of one owner are left to the full tier.            *)
AlternatingInit == OwnedInit /\ \A k \in Ballot : k + 1 \in Ballot => owner[k] # owner[k + 1]
-----------------------------------------------------------------------------
(* All know what is chosen.  To know more only allows more: the guards ask *)
(* what is known below a slot, and who knows that knows the configuration. *)
KnowsAll(r) == TheChosen
Offers(s, k) ==
  {proposal[l] : l \in {l \in DOMAIN proposal : l[2] = s}}
  \cup (IF s = MaxSlot THEN {Own(k)} ELSE {Own(0)} \cup DOMAIN Membership)
ProposeOne(r) == \E s \in Slot : \E u \in Offers(s, promised[r]) : Propose(r, promised[r], s, u)
PromiseOne(r) == \E k \in Ballot : /\ k > promised[r] /\ Promises(r, k)
                                   /\ UNCHANGED <<votes, known, owner, proposal>>
VoteOne(r)    == \E k \in DOMAIN proposal \ votes[r] :
                   /\ k[1] >= promised[r] /\ Promises(r, k[1]) /\ Votes(r, {k})
                   /\ UNCHANGED <<known, owner, proposal>>
LearnOne(r)   == \E s \in Slot \ DOMAIN known[r] : Learn(r, {s})
Stays         == UNCHANGED <<saved, retired>>
Deciding(r)   == PromiseOne(r) \/ ProposeOne(r) \/ VoteOne(r)
DecideNext    == Stays /\ \E r \in Replica : Deciding(r)
LearnNext     == Stays /\ \E r \in Replica : Deciding(r) \/ LearnOne(r)
RetireNext    == \E r \in Replica : \/ r \in Alive /\ Deciding(r) /\ Stays
                                    \/ Saves(r) \/ Retires(r)
-----------------------------------------------------------------------------
Leads(r) == \E k \in DOMAIN owner : owner[k] = r /\ \E s \in Slot : <<k, s>> \in DOMAIN proposal
TwoLeaders == \E r, q \in Replica : /\ r # q /\ Leads(r) /\ Leads(q)
                                    /\ r \in Alive /\ q \in Alive
Changed    == \E s \in DOMAIN TheChosen : MembersAt(TheChosen, s) # Birth
Reaches    == Reached(1, "TwoLeaders", TwoLeaders) /\ Reached(2, "Changed", Changed)
EveryReaches  == Reached(2, "Changed", Changed) /\ Reached(3, "Retired", retired # {})
RetireReaches == Reaches /\ Reached(3, "Retired", retired # {})
=============================================================================
