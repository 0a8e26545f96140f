------------------------------ MODULE MCRejoin ------------------------------
(***************************************************************************)
(* Bounds for TLC.  The rule is that of the project; the readings of the   *)
(* published one are patches of these three lines.                         *)
(***************************************************************************)
EXTENDS Rejoin

TheWaits       == "for ever"
TheTakes       == "chosen"
TheLeaderFirst == TRUE

CONSTANTS MaxSlot, MaxBallot, a, b, c, d, f
BoundedSlot   == 1 .. MaxSlot
BoundedBallot == 1 .. MaxBallot
NoMembership  == Empty
Symmetry      == Permutations({d, f})

(* A ballot that is free to choose proposes its own number; no more        *)
(* promises are counted than a quorum has; b leads ballot 1.               *)
ProposeOwn(r) ==
  \E k \in {x \in DOMAIN owner : owner[x] = r} :
  \E s \in {x \in Slot : <<k, x>> \notin DOMAIN proposal}, v \in Value :
  \E P \in SUBSET {p \in promises : p.ballot = k} :
    /\ 2 * Cardinality(P) <= Cardinality(Birth) + 1
    /\ v = k \/ \E p \in P : s \in DOMAIN p.accepted
    /\ Propose(r, k, s, v, P)
CampaignB(r) == r = b /\ Campaign(r, 1)
LossNext == \E r \in Replica :
  CampaignB(r) \/ PromisesAny(r) \/ ProposeOwn(r) \/ VotesAny(r) \/ Rejoins(r)

(* From the beginning, with one loss.                                      *)
LoseOne(r) == DOMAIN lost = {} /\ Lose(r)
OneNext == \E r \in Replica :
  \/ Campaigns(r) \/ PromisesAny(r) \/ ProposeOwn(r)
  \/ VotesAny(r)  \/ LoseOne(r)     \/ Rejoins(r)
All == Permutations(Replica)

(* Late start: c took ballot 2, a promised it, and a lost its disk.        *)
LossStart ==
  /\ promised = [r \in Replica |-> IF r = c THEN 2 ELSE 0]
  /\ accepted = [r \in Replica |-> Empty]
  /\ promises = {[from |-> r, ballot |-> 2, accepted |-> Empty] :
                   r \in {a, c}}
  /\ votes    = {}
  /\ owner    = 2 :> c
  /\ proposal = Empty
  /\ silent   = {a}
  /\ lost     = a :> [slots |-> {}, ballots |-> {2}]
=============================================================================
