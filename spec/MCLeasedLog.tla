---------------------------- MODULE MCLeasedLog -----------------------------
(***************************************************************************)
(* Bounds for TLC.  Members are numbers: the late starts tell them apart.  *)
(***************************************************************************)
EXTENDS LeasedLog, Reached

CONSTANTS MaxSlot, MaxBallot, MaxCrash, MaxLevel
BoundedSlot   == 1 .. MaxSlot
BoundedBallot == 1 .. MaxBallot
NoChange      == [v \in {} |-> {}]
Three         == {1, 2, 3}
Shallow       == TLCGet("level") <= MaxLevel

(* Time goes on for ever, but only differences matter.  The state without   *)
(* the origin of time: clocks by how far they are ahead of the slowest, all *)
(* else as what remains of it.  Requests and grants that no longer count    *)
(* are left out; the timed relations below grant none of those requests.    *)
Slowest    == LET T == {clock[r] : r \in Replica}
              IN CHOOSE n \in T : \A t \in T : n <= t
Left(t, r) == IF t <= clock[r] THEN 0 ELSE t - clock[r]
Age(m)     == clock[owner[m.ballot]] - m.at
Useful(m)  == IF m.ballot \in DOMAIN owner THEN Lease!Counts(m) ELSE TRUE
Crashed    == {r \in Replica : quiet[r] > 0}
Running(r) == LET n == Left(lent[r].until, r)
              IN IF n = 0 THEN Lease!Nothing
                 ELSE [ballot |-> lent[r].ballot, until |-> n]
Timeless   == <<log, reads, released, Crashed,
                [r \in Replica |-> Running(r)],
                [r \in Replica |-> Left(quiet[r], r)],
                {<<m.ballot, Age(m)>> : m \in {x \in asks : Useful(x)}},
                {<<m.from, m.ballot, Age(m)>> :
                   m \in {x \in grants : Useful(x)}}>>
View       == <<Timeless, [r \in Replica |-> clock[r] - Slowest]>>
-----------------------------------------------------------------------------
(* Smaller steps.  One promise or one vote at a time.                       *)
PromiseOne(r) == UNCHANGED votes /\ AnswerOrWait(r) /\ promised' # promised
VoteOne(r) == /\ AnswerOrWait(r)
              /\ \E k \in DOMAIN proposal \ votes[r] :
                   votes'[r] = votes[r] \cup {k} /\ promised'[r] = k[1]
(* Ballots begin in their order.                                            *)
BeginNext(r) == LET b == Cardinality(DOMAIN owner) + 1
                IN b \in Ballot /\ BeginBallot(r, b)
(* A quorum and no more, at once, counted by who has promised it itself.    *)
CountQuorum(r) == LET b == Leading(r)
  IN \E Q \in SUBSET Replica :
       /\ b # 0 /\ ~Established(r, b)
       /\ \A C \in Governing(r) : IsQuorum(Q, C)
       /\ \A a \in Q : \E C \in Governing(r) : ~IsQuorum(Q \ {a}, C)
       /\ CountPromises(b, Q)
LearnNext(r)  == Prefix(r) + 1 \in Slot /\ LearnSlots(r, {Prefix(r) + 1})
(* It does not vote as it stops.                                            *)
CrashOnce(r)  == /\ Cardinality(Crashed) < MaxCrash
                 /\ CrashAndForget(r) /\ UNCHANGED votes
CrashHard(r)  == UNCHANGED promised /\ CrashOnce(r)

Electing(r)   == BeginNext(r) \/ PromiseOne(r) \/ CountQuorum(r)
In(r, b)      == Leading(r) = b
AskIn(r, b)   == In(r, b) /\ AskLease(r)
WriteIn(r, b) == IF ~In(r, b) THEN FALSE
                 ELSE ProposesValue(r) \/ LearnNext(r) \/ AnswersWrite(r)
(* Ballot 1 holds the lease, ballot 2 is to write.  No time passes.         *)
Overtaken(r)  == Electing(r) \/ WriteIn(r, 2) \/ VoteOne(r) \/ LocalRead(r)
AskNext       == \E r \in Replica : Overtaken(r) \/ AskIn(r, 1) \/ Grants(r)
(* Only 1 campaigns.                                                        *)
LivesNext     == \E r \in Replica : \/ r = 1 /\ BeginNext(r)
  \/ PromiseOne(r) \/ CountQuorum(r) \/ WriteIn(r, 2) \/ VoteOne(r)
  \/ LocalRead(r) \/ AskIn(r, 1) \/ Grants(r)
StopNext      == \E r \in Replica :
                   Overtaken(r) \/ AskIn(r, 1) \/ Grants(r) \/ CrashOnce(r)
(* The same with transfers; ballot 2 may be of the same member as ballot 1. *)
ReleaseNext   == \E r \in Replica :
  \/ (r # 1 /\ BeginNext(r)) \/ PromiseOne(r) \/ CountQuorum(r) \/ VoteOne(r)
  \/ WriteIn(r, MaxBallot) \/ LocalRead(r)
  \/ AskIn(r, MaxBallot - 1) \/ Grants(r) \/ ReleaseLease(r) \/ Drops(r)
(* Ballot 2 holds the lease, and nobody is elected.                         *)
SecondNext    == \E r \in Replica :
  \/ (In(r, 2) /\ ProposesValue(r)) \/ VoteOne(r) \/ LearnNext(r)
  \/ AnswersWrite(r) \/ LocalRead(r) \/ AskIn(r, 2) \/ Grants(r)
UncountedNext == (\E r \in Replica : CountQuorum(r)) \/ SecondNext
(* Ballot 1 writes as well, and ballot 2 is not elected yet.  2 leads       *)
(* nothing, so it need not learn.                                           *)
Twice(r)      == \/ PromiseOne(r)   \/ VoteOne(r) \/ CountQuorum(r)
                 \/ AnswersWrite(r) \/ (r # 2 /\ LearnNext(r))
TwiceNext     == \E r \in Replica : \/ Twice(r) \/ ProposesValue(r)
                   \/ LocalRead(r) \/ AskIn(r, 2) \/ Grants(r)
TwiceRoundNext == \E r \in Replica :
  \/ Twice(r) \/ (In(r, 1) /\ ProposesValue(r))
  \/ (In(r, 2) /\ AskRound(r)) \/ Confirms(r) \/ ReadByQuorum(r)
(* No leases: reads by quorum of ballot 1.                                  *)
RoundNext     == \E r \in Replica :
  \/ Electing(r) \/ WriteIn(r, 2) \/ VoteOne(r)
  \/ (In(r, 1) /\ AskRound(r)) \/ Confirms(r) \/ ReadByQuorum(r)
(* Time passes.                                                             *)
GrantUseful(r) == \E m \in asks : Useful(m) /\ GrantLease(r, m)
(* Once ballot 2 is elected, time could only end the lease of ballot 1.     *)
Elected(b)     == b \in DOMAIN led /\ led[b].from # {}
TickBefore(r)  == ~Elected(2) /\ Tick(r)
VoteElected(r) == Elected(2) /\ r \in led[2].from /\ VoteOne(r)
(* Who elected ballot 1 grants it, and who elected ballot 2 votes there; 1  *)
(* does not campaign again.                                                 *)
Second(r)      == \/ r # 1 /\ BeginNext(r)
                  \/ PromiseOne(r) \/ CountQuorum(r) \/ WriteIn(r, 2)
                  \/ VoteElected(r) \/ LocalRead(r)
TimedNext      == \E r \in Replica : \/ Second(r) \/ TickBefore(r)
                    \/ AskIn(r, 1) \/ (r # 3 /\ GrantUseful(r))
(* A quorum grants as soon as it is asked.                                  *)
RenewBy(r, Q) == LET b == Leading(r)
                     m == [ballot |-> b, at |-> clock[r]]
  IN /\ b # 0 /\ m \notin asks /\ \A a \in Q : promised[a] = b
     /\ Reached(3, "Renewed", \E a \in Q : Running(a).ballot = b)
     /\ lent' = [a \in Replica |-> IF a \in Q
            THEN [ballot |-> b, until |-> clock[a] + Term] ELSE lent[a]]
     /\ grants' = grants \cup
                    {[from |-> a, ballot |-> b, at |-> m.at] : a \in Q}
     /\ asks' = asks \cup {m}
     /\ UNCHANGED <<log, reads, clock, quiet, released>>
Pairs    == {Q \in SUBSET Birth : Cardinality(Q) = 2}   \* quorums of three
Renew(r) == \E Q \in Pairs : RenewBy(r, Q)
RenewNext     == \E r \in Replica :
  Second(r) \/ (In(r, 1) /\ Renew(r)) \/ TickBefore(r) \/ CrashHard(r)
(* The same with 1 and 2 as the lenders, and 2 as who restarts.             *)
PairNext      == \E r \in Replica : \/ Second(r) \/ TickBefore(r)
  \/ (In(r, 1) /\ RenewBy(r, {1, 2})) \/ (r = 2 /\ CrashHard(r))
(* Clocks without a common origin: from one tick to the next each moves by  *)
(* 1 or by 2.  With rho = 1/3 the holder may use half of Term = 4: Eps = 1. *)
TickRates ==
  /\ ~Elected(2)
  /\ UNCHANGED <<log, reads, lent, quiet, asks, grants, released>>
  /\ \E f \in [Replica -> {1, 2}] :
       clock' = [r \in Replica |-> clock[r] + f[r]]
RateNext  == TickRates \/ \E r \in Replica :
               Second(r) \/ (In(r, 1) /\ RenewBy(r, {1, 2}))
(* Nothing is written, and both ballots hold the lease.                     *)
HoldNext      == \E r \in Replica :
  Electing(r) \/ LocalRead(r) \/ Renew(r) \/ Tick(r) \/ CrashHard(r)
-----------------------------------------------------------------------------
(* Late starts.                                                             *)
Start(p, o, l) ==
  /\ Lease!Init
  /\ promised = [r \in Replica |-> IF r \in DOMAIN p THEN p[r] ELSE 0]
  /\ owner = o /\ led = l /\ missed = {}
  /\ round = [r \in Replica |-> Unasked]
Unwritten ==
  /\ votes = [r \in Replica |-> {}] /\ known = [r \in Replica |-> Empty]
  /\ proposal = Empty /\ answered = {}
By(Q, n) == [from |-> Q, top |-> n]
(* 1 leads ballot 1 by the promises of 1 and 2.                             *)
LedStart == Unwritten /\ Start(1 :> 1 @@ 2 :> 1, 1 :> 1, 1 :> By({1, 2}, 0))
(* 4, of which 1 is a later life, leads ballot 1 from outside, by 2 and 3.  *)
LivesStart ==
  Unwritten /\ Start([a \in 2 .. 4 |-> 1], 1 :> 4, 1 :> By({2, 3}, 0))
(* As LedStart, and 3 began ballot 2 and promised it itself.                *)
TwiceStart == /\ Unwritten
              /\ Start(1 :> 1 @@ 2 :> 1 @@ 3 :> 2, 1 :> 1 @@ 2 :> 3,
                       1 :> By({1, 2}, 0) @@ 2 :> By({}, 0))
(* As LedStart, but 1 began ballot 2 as well, after it released ballot 1.   *)
AgainStart ==
  /\ Unwritten /\ promised = [r \in Replica |-> IF r = 3 THEN 0 ELSE 2]
  /\ owner = [b \in {1, 2} |-> 1]
  /\ led = 1 :> By({1, 2}, 0) @@ 2 :> By({1, 2}, 0)
  /\ missed = {} /\ round = [r \in Replica |-> Unasked]
  /\ clock = [r \in Replica |-> 0] /\ lent = [r \in Replica |-> Lease!Nothing]
  /\ quiet = [r \in Replica |-> 0]
  /\ asks = {} /\ grants = {} /\ released = {1}
(* 1 wrote all slots in ballot 1 with the vote of 2, and those of K know    *)
(* them; 2 and 3 have promised ballot 2 to 3, which counted Q of it.        *)
Written(K, Q) ==
  /\ \E v \in Value :
       /\ proposal = [k \in {1} \X Slot |-> v]
       /\ votes = [r \in Replica |-> IF r = 3 THEN {} ELSE DOMAIN proposal]
       /\ known = [r \in Replica |->
                    IF r \in K THEN [s \in Slot |-> v] ELSE Empty]
  /\ answered = Slot /\ missed = {}
  /\ promised = [r \in Replica |-> IF r = 1 THEN 1 ELSE 2]
  /\ owner = 1 :> 1 @@ 2 :> 3
  /\ led = 1 :> By({1, 2}, 0) @@ 2 :> Q
WrittenStart ==
  Written({1}, By({2, 3}, MaxSlot)) /\ Lease!Init /\ round = [r \in Replica |-> Unasked]
(* The same before it counted them.                                         *)
UncountedStart ==
  Written({1}, By({}, 0)) /\ Lease!Init /\ round = [r \in Replica |-> Unasked]
(* Every action can be taken at once: 3 knows the slots, holds the lease,   *)
(* and has the answers of a round; ballot 1 was released.                   *)
EveryStart ==
  /\ Written({1, 3}, By({2, 3}, MaxSlot))
  /\ round = [r \in Replica |->
       IF r = 3 THEN [ballot |-> 2, yes |-> {2, 3}, due |-> {}] ELSE Unasked]
  /\ clock = [r \in Replica |-> 0] /\ quiet = [r \in Replica |-> 0]
  /\ lent = [r \in Replica |-> [ballot |-> promised[r], until |-> Term]]
  /\ asks = {[ballot |-> b, at |-> 0] : b \in {1, 2}} /\ released = {1}
  /\ grants = {[from |-> r, ballot |-> promised[r], at |-> 0] : r \in Replica}
-----------------------------------------------------------------------------
ClocksWithinEps == Lease!WithinEps
Leaders == {r \in Replica : Leading(r) # 0 /\ Established(r, Leading(r))}
Reaches == /\ Reached(1, "TwoLeaders", Cardinality(Leaders) > 1)
           /\ Reached(2, "LeasedRead", \E r \in Replica : MayReadHere(r))
=============================================================================
