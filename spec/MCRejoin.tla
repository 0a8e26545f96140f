------------------------------ MODULE MCRejoin ------------------------------
EXTENDS Rejoin
CONSTANTS MaxSlot, MaxBallot
CONSTANTS a, b, c, d, f
BoundedSlot   == 1 .. MaxSlot
BoundedBallot == 1 .. MaxBallot
Symmetry      == Permutations({d, f})
None == Empty
ProposeOwn(r) == \E k \in {x \in DOMAIN owner : owner[x] = r} : \E s \in {x \in Slot : <<k, x>> \notin DOMAIN proposal} : \E v \in Value :
                  \E P \in SUBSET {p \in promises : p.ballot = k} : 
                     /\ 2 * Cardinality(P) <= Cardinality(Birth) + 1
                     /\ v = k \/ \E p \in P : s \in DOMAIN p.accepted
                     /\ Propose(r, k, s, v, P)
CampaignB(r) == r = b /\ Campaign(r, 1)
NextOne == \E r \in Replica : CampaignB(r) \/ PromisesB(r) \/ ProposeOwn(r) \/ VotesK(r) \/ Rejoins(r)
LossStart ==
  /\ promised = [r \in Replica |-> IF r = c THEN 2 ELSE 0]
  /\ accepted = [r \in Replica |-> Empty]
  /\ promises = {[from |-> r, ballot |-> 2, accepted |-> Empty] : r \in {a, c}}
  /\ votes    = {}
  /\ owner    = 2 :> c
  /\ proposal = Empty
  /\ silent   = {a}
  /\ lost     = a :> [slots |-> {}, ballots |-> {2}]
LedStart ==
  /\ promised = [r \in Replica |-> CASE r = c -> 2 [] r \in {b, d, f} -> 1 [] OTHER -> 0]
  /\ accepted = [r \in Replica |-> Empty]
  /\ promises = {[from |-> r, ballot |-> 2, accepted |-> Empty] : r \in {a, c}}
           \cup {[from |-> r, ballot |-> 1, accepted |-> Empty] : r \in {b, d, f}}
  /\ votes    = {}
  /\ owner    = (1 :> b) @@ (2 :> c)
  /\ proposal = Empty
  /\ silent   = {a}
  /\ lost     = a :> [slots |-> {}, ballots |-> {2}]
=============================================================================
