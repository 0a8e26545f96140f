------------------------------ MODULE LeasedLog -----------------------------
(***************************************************************************)
(* MultiPaxos with master leases, and what clients see of it: writes that  *)
(* were answered, and reads that must not miss them.  A replica has        *)
(* applied what it knows without a hole.                                   *)
(***************************************************************************)
EXTENDS MultiPaxos

CONSTANTS Term, Eps     \* see Leases

VARIABLES
  clock, lent, quiet, asks, grants, released,  \* see Leases
  led,       \* function from ballots to what their owners counted for them:
             \* [from: set of acceptors, top: highest slot they reported].
             \* A restart ends a ballot
  answered,  \* set of slots whose writes were answered
  round,     \* [Replica -> [ballot, yes, due]]: its round for reads by quorum
  missed     \* set of slots that some read should have seen and did not

log   == vars
lease == <<clock, lent, quiet, asks, grants, released>>
reads == <<led, answered, round, missed>>
all   == <<log, lease, reads>>

Prefix(r)  == Max({n \in Slot \cup {0} : 1 .. n \subseteq DOMAIN known[r]})
Leading(r) == LET b == promised[r]
              IN IF b \in DOMAIN led THEN IF owner[b] = r THEN b ELSE 0 ELSE 0

(* The configurations of the open slots, and those that r proposed itself. *)
Proposed(r) == {k \in DOMAIN proposal : k[1] = Leading(r) /\ k[2] > Prefix(r)}
OpenTo(r)   == LET n == Prefix(r)
               IN {MembersAt(known[r], s) : s \in n + 1 .. n + Alpha}
Governing(r) ==
  LET own == {proposal[k] : k \in Proposed(r)}
  IN OpenTo(r) \cup {Membership[v] : v \in DOMAIN Membership \cap own}

Lease == INSTANCE Leases WITH
           leads     <- [r \in Replica |-> Leading(r)],
           governing <- [r \in Replica |-> Governing(r)]

Unasked == [ballot |-> 0, yes |-> {}, due |-> {}]
LeasedInit ==
  /\ Init /\ Lease!Init
  /\ led      = Empty
  /\ answered = {}
  /\ round    = [r \in Replica |-> Unasked]
  /\ missed   = {}
-----------------------------------------------------------------------------
(***************************************************************************)
(* WHO   Any replica.                                                      *)
(* WHAT  It begins ballot b; no promise is counted yet.                    *)
(* SAFE  As in MultiPaxos.                                                 *)
(* FROM  LogCabin talk: overthrow.                                         *)
(***************************************************************************)
BeginBallot(r, b) ==
  /\ Campaign(r, b)
  /\ led' = (b :> [from |-> {}, top |-> 0]) @@ led
  /\ UNCHANGED <<lease, answered, round, missed>>

(***************************************************************************)
(* WHO   An acceptor: its disk moves on.                                   *)
(* WHAT  As in MultiPaxos, but it makes no promise against its grant.      *)
(* SAFE  A promise that comes with a vote of that ballot needs no leave:   *)
(*       it answers an Accept, and its proposer had a quorum already.      *)
(* FROM  Paxos Made Live, master leases.                                   *)
(***************************************************************************)
Voted(a, b) == \E k \in votes'[a] \ votes[a] : k[1] = b
Waits(a) ==
  LET b == promised'[a]
  IN IF b = promised[a] \/ Voted(a, b) THEN TRUE
     ELSE Lease!MayPromise(a, owner[b])
AnswerOrWait(a) ==
  /\ Answer(a)
  /\ Waits(a)
  /\ UNCHANGED <<lease, reads>>

(***************************************************************************)
(* WHO   The owner of ballot b, which pursues it.                          *)
(* WHAT  It counts promises of Q, and notes how far they report votes.     *)
(* SAFE  They have promised b, so their votes below b are final.           *)
(* FROM  Paxos Made Simple, phase 1b; the note is ours.                    *)
(***************************************************************************)
Reported(Q, b) == {k[2] : k \in {x \in UNION {votes[a] : a \in Q} : x[1] < b}}
CountPromises(b, Q) ==
  /\ \A a \in Q : promised[a] >= b
  /\ led' = [led EXCEPT ![b] = [from |-> @.from \cup Q,
                                top  |-> Max({@.top} \cup Reported(Q, b))]]
  /\ UNCHANGED <<log, lease, answered, round, missed>>

(***************************************************************************)
(* WHO   The owner of a ballot, and any replica that learns.               *)
(* WHAT  Proposals and known slots, as in MultiPaxos.                      *)
(* SAFE  Leases have no part in it.                                        *)
(* FROM  see MultiPaxos.                                                   *)
(***************************************************************************)
ProposeValue(r, s, v) ==
  Propose(r, promised[r], s, v) /\ UNCHANGED <<lease, reads>>
LearnSlots(r, S) == Learn(r, S) /\ UNCHANGED <<lease, reads>>

(***************************************************************************)
(* WHO   A leader that has applied slot s, chosen at its own ballot.       *)
(* WHAT  It answers the client whose write is there.                       *)
(* SAFE  Another leader may have learnt of the slot before this one, but   *)
(*       it was not asked.                                                 *)
(* FROM  ours: an answer rests on the quorum that its leader counted.      *)
(***************************************************************************)
AnswerWrite(r, s) ==
  /\ IsQuorum(VotersAt(Leading(r), s), MembersAt(known[r], s))
  /\ s <= Prefix(r)
  /\ answered' = answered \cup {s}
  /\ UNCHANGED <<log, lease, led, round, missed>>

(***************************************************************************)
(* WHO   The master.                                                       *)
(* WHAT  It answers a read from its own state.                             *)
(* SAFE  While it holds the lease nobody is elected above it.  What was    *)
(*       chosen below it, the promises that it counted report: it has      *)
(*       applied that (the read barrier).  What is chosen at its own       *)
(*       ballot, it answers itself.                                        *)
(* FROM  Paxos Made Live, master leases; the barrier is ours: a slot of    *)
(*       its own ballot may be an old one proposed again.                  *)
(***************************************************************************)
Counted(b) == IF b \in DOMAIN led THEN led[b].from ELSE {}
Established(r, b) == \A C \in Governing(r) : IsQuorum(Counted(b), C)
PastBarrier(r, b) == led[b].top <= Prefix(r)
MayReadHere(r) ==
  LET b == Leading(r)
  IN /\ Lease!HoldsLease(r)
     /\ Established(r, b)
     /\ PastBarrier(r, b)
Sees(r, S) == missed' = missed \cup (S \ 1 .. Prefix(r))
LocalRead(r) ==
  /\ MayReadHere(r)
  /\ Sees(r, answered)
  /\ UNCHANGED <<log, lease, led, answered, round>>

(***************************************************************************)
(* WHO   A leader without a lease that has reads to answer.                *)
(* WHAT  It asks all whether their promise is still its ballot, for the    *)
(*       reads that have arrived by now (due: what they must see).         *)
(* SAFE  Answers to an earlier round count no more.                        *)
(* FROM  Raft's read index; etcd #20418 took answers of an earlier one.    *)
(***************************************************************************)
AskRound(r) ==
  /\ Leading(r) # 0
  /\ round' = [round EXCEPT ![r] =
                 [ballot |-> Leading(r), yes |-> {}, due |-> answered]]
  /\ UNCHANGED <<log, lease, led, answered, missed>>

(***************************************************************************)
(* WHO   An acceptor a, asked by r.                                        *)
(* WHAT  It says that its promise is exactly the ballot of the round.      *)
(* SAFE  So when the round began it had voted for nothing above.           *)
(* FROM  as before.                                                        *)
(***************************************************************************)
ConfirmBallot(r, a) ==
  /\ round[r].ballot # 0
  /\ promised[a] = round[r].ballot
  /\ round' = [round EXCEPT ![r].yes = @ \cup {a}]
  /\ UNCHANGED <<log, lease, led, answered, missed>>

(***************************************************************************)
(* WHO   The leader that asked.                                            *)
(* WHAT  It answers the reads of the round, and the round is over.         *)
(* SAFE  When the round began nothing was chosen above its ballot in any   *)
(*       slot that is open to it; below it, the barrier; at it, itself.    *)
(* FROM  as before.                                                        *)
(***************************************************************************)
ReadByQuorum(r) ==
  LET b == round[r].ballot
  IN /\ b = Leading(r)
     /\ \A C \in Governing(r) : IsQuorum(round[r].yes, C)
     /\ Established(r, b)
     /\ PastBarrier(r, b)
     /\ Sees(r, round[r].due)
     /\ round' = [round EXCEPT ![r] = Unasked]
     /\ UNCHANGED <<log, lease, led, answered>>

(***************************************************************************)
(* WHO   Any replica, and its clock.                                       *)
(* WHAT  The steps of Leases.  A restart also ends the ballots and rounds  *)
(*       of the replica; what its disk got before it had leave to.         *)
(* SAFE  See Leases.                                                       *)
(* FROM  see Leases.                                                       *)
(***************************************************************************)
Tick(r)             == Lease!Tick(r) /\ UNCHANGED <<log, reads>>
AskLease(r)         == Lease!AskLease(r) /\ UNCHANGED <<log, reads>>
GrantLease(r, m)    == Lease!GrantLease(r, m) /\ UNCHANGED <<log, reads>>
ReleaseLease(r)     == Lease!ReleaseLease(r) /\ UNCHANGED <<log, reads>>
HandleRelease(r, b) == Lease!HandleRelease(r, b) /\ UNCHANGED <<log, reads>>
CrashAndForget(r) ==
  /\ Crash(r)
  /\ Waits(r)
  /\ Lease!Forgets(r)
  /\ led'   = [b \in {x \in DOMAIN led : owner[x] # r} |-> led[b]]
  /\ round' = [round EXCEPT ![r] = Unasked]
  /\ UNCHANGED <<answered, missed>>
-----------------------------------------------------------------------------
Begins(r)   == \E b \in Ballot : BeginBallot(r, b)
Counting    == \E b \in DOMAIN led, Q \in SUBSET Replica : CountPromises(b, Q)
ProposesValue(r) == \E s \in Slot, v \in Value : ProposeValue(r, s, v)
LearnsSlots(r)   == \E S \in SUBSET Slot : LearnSlots(r, S)
AnswersWrite(r)  == \E s \in Slot : AnswerWrite(r, s)
Grants(r)   == \E m \in asks : GrantLease(r, m)
Drops(r)    == \E b \in released : HandleRelease(r, b)
Confirms(r) == \E a \in Replica : ConfirmBallot(r, a)

LeasedNext ==
  \/ Counting
  \/ \E r \in Replica :
       \/ Begins(r)      \/ AnswerOrWait(r)   \/ ProposesValue(r)
       \/ LearnsSlots(r) \/ AnswersWrite(r)   \/ CrashAndForget(r)
       \/ Tick(r)        \/ AskLease(r)       \/ Grants(r)
       \/ Drops(r)       \/ ReleaseLease(r)   \/ LocalRead(r)
       \/ AskRound(r)    \/ Confirms(r)       \/ ReadByQuorum(r)
LeasedSpec == LeasedInit /\ [][LeasedNext]_all
-----------------------------------------------------------------------------
LeasedTypeOK ==
  /\ TypeOK /\ Lease!TypeOK
  /\ DOMAIN led \subseteq DOMAIN owner
  /\ answered \cup missed \subseteq Slot
  /\ \A r \in Replica : round[r].ballot = 0 => round[r] = Unasked
(* What clients rely on: a read sees every write that was answered before  *)
(* the read arrived.                                                       *)
NoStaleRead == missed = {}
(* Leases never overlap: no two members may answer from their own state.   *)
OneMaster == Cardinality({r \in Replica : MayReadHere(r)}) <= 1
OneHolder == Cardinality({r \in Replica : Lease!HoldsLease(r)}) <= 1
=============================================================================
