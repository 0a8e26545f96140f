------------------------------ MODULE MCEpochs ------------------------------
(* Bounds for TLC, and the next-state relation of each question.           *)
EXTENDS Epochs, Reached

CONSTANTS MaxSlot, MaxBallot, MaxTerm, MaxRenewed
BoundedSlot  == 1 .. MaxSlot
BoundedEntry ==
  {Mark(b) : b \in 1 .. MaxBallot}
    \cup {Command(q, e) : q \in Request, e \in 0 .. MaxSlot}
Symmetry     == Permutations(Member) \cup Permutations(Request)

(* A leader fills slots in their order.                                    *)
InOrder(r) == {s \in Slot : \A t \in 1 .. s - 1 :
  \/ t \in DOMAIN chosen
  \/ \E p \in proposed : p[1] = ballot[r] /\ p[2] = t}

MCBecomeLeader(r) == top < MaxBallot /\ BecomesLeader(r)
MCRaiseBallot(r)  == top < MaxBallot /\ RaisesBallot(r)
MCAcquireLease(r) == term < MaxTerm /\ AcquireLease(r)
MCLoseLease(r)    == r \in lease /\ LoseLease(r)
MCBecomeMaster(r) == \E s \in InOrder(r) : BecomeMaster(r, s)
MCPropose(r)      == \E s \in InOrder(r), x \in begun : Propose(r, s, x)
MCRenew(r)        == renewed < MaxRenewed /\ Renew(r)

(* Only leaders apply: what another has applied shows when it leads.       *)
Leads(r)          == ballot[r] # 0
MCApply(r)        == Leads(r) /\ Applies(r)
(* Requests reach the master; marks are written by who holds the lease.    *)
MasterHandle(r)   == master[r] # 0 /\ Handles(r)
HolderMark(r)     == r \in lease /\ MCBecomeMaster(r)

Leading(r) ==
  \/ MCBecomeLeader(r) \/ MCRaiseBallot(r) \/ MCAcquireLease(r)
  \/ MCLoseLease(r)    \/ MCApply(r)
MarkNext    == Chooses \/ \E r \in Member : Leading(r) \/ MCBecomeMaster(r)
CommandNext == Chooses \/ \E r \in Member :
  Leading(r) \/ HolderMark(r) \/ MasterHandle(r) \/ MCPropose(r)
ExpiryNext  == Chooses \/ \E r \in Member :
  Leading(r) \/ HolderMark(r) \/ MCRenew(r) \/ Expire(r) \/ MCPropose(r)
(* Nothing left out but the order of slots.                                *)
EveryNext   == Chooses \/ \E r \in Member :
  \/ MCBecomeLeader(r) \/ MCRaiseBallot(r) \/ MCAcquireLease(r)
  \/ MCLoseLease(r)    \/ Applies(r)       \/ MCBecomeMaster(r)
  \/ Handles(r)        \/ MCPropose(r)     \/ MCRenew(r) \/ Expire(r)
-----------------------------------------------------------------------------
(* What the models come by.                                                *)
Marks(s)      == Cardinality({t \in 1 .. s - 1 : chosen[t].kind = "mark"})
Refused(r, k) == {s \in 1 .. applied[r] :
                    chosen[s].kind = k /\ chosen[s].epoch # Marks(s)}
TwoLeaders    == Cardinality({r \in Member : Leads(r)}) > 1
Retried       == \E r \in Member : \E s \in Refused(r, "command") :
                   chosen[s].req \in machine[r].row
ExpiryRefused == \E r \in Member : Refused(r, "expiry") # {}
LastMark(r)   == CHOOSE b \in 1 .. MaxBallot : \E s \in 1 .. applied[r] :
  /\ chosen[s] = Mark(b)
  /\ \A t \in s + 1 .. applied[r] : chosen[t].kind # "mark"
(* It is master under a mark of a ballot below its own.                    *)
MarkKept      == \E r \in Member : master[r] # 0 /\ LastMark(r) # ballot[r]
(* Another mark ended a mastership within an unbroken lease.               *)
MarkBetween   == \E r \in lease : master[r] = 0
                   /\ \E x \in reigns : x[2] = term

LogReaches     == Reached(1, "TwoLeaders", TwoLeaders)
MarkReaches    == /\ LogReaches
                  /\ Reached(2, "MarkKept", MarkKept)
                  /\ Reached(3, "MarkBetween", MarkBetween)
CommandReaches == MarkReaches /\ Reached(4, "Retried", Retried)
ExpiryReaches  == MarkReaches /\ Reached(5, "ExpiryRefused", ExpiryRefused)
EveryReaches   == CommandReaches /\ Reached(5, "ExpiryRefused", ExpiryRefused)
=============================================================================
