---------------------------- MODULE TraceLeases ----------------------------
(***************************************************************************)
(* What the events of leases and reads say, by the clocks that they name.  *)
(***************************************************************************)
EXTENDS TraceEvent

(* Leases.  A clock is what its replica read: nothing bounds how far those *)
(* of two replicas are apart.  Instead the holder counts Term - 2 * Eps,   *)
(* which is Term * (1 - rho) \div (1 + rho) for rates that differ by rho.   *)
TraceTick(q) == /\ Same("clock, a later reading", TRUE, e.clock > clock[q])
                /\ clock' = [clock EXCEPT ![q] = e.clock]
                /\ UNCHANGED <<lent, quiet, asks, grants, released>> /\ UNCHANGED TheLog
Ask(b, at)      == [type |-> "ask", ballot |-> b, at |-> at]
Grant(q, b, at) == [type |-> "grant", from |-> q, ballot |-> b, at |-> at]
Release(b)      == [type |-> "release", ballot |-> b]
(* A read names the grants that it counted; the report has the numbers.    *)
Late == {<<g.from, "asked at", g.at, "ended at", g.at + Term - 2 * Eps, "clock", clock[r]>> :
           g \in {g \in OfType("grant") : ~(clock[r] + 2 * Eps < g.at + Term)}}
InLease == /\ Same("grants that had ended", {}, Late)
           /\ Same("lenders, a quorum", TRUE, \A C \in Governing(r) :
                     IsQuorum({g.from : g \in {g \in OfType("grant") : g.ballot = e.ballot}}, C))
(* A promise while a grant to another runs, or soon after a restart.       *)
Promising == e.action = "Campaign" \/ (e.action = "HandlePrepare" /\ e.outcome = "new")
Lent == IF ~Promising THEN TRUE ELSE
        LET q == IF e.action = "Campaign" THEN r ELSE Message.from
        IN IF Lease!MayPromise(r, q) THEN TRUE
           ELSE Same("may promise",
                     <<"clock", clock[r], "lent until", lent[r].until, "quiet until", quiet[r]>>,
                     "promised to " \o q)
-----------------------------------------------------------------------------
(* Reads by a quorum: the steps of LeasedLog, message by message.  They    *)
(* change nothing of PaxosReplica.                                         *)
Round(b, n)       == [type |-> "readRound", ballot |-> b, prefix |-> n]
Confirm(q, b, id) == [type |-> "confirm", from |-> q, ballot |-> b, round |-> id]
AskRound(q)         == Leading(q) # 0 /\ UNCHANGED vars
ConfirmBallot(q, m) == /\ Up(q) /\ UNCHANGED vars
                       /\ Same("promise, on the disk and in memory", SettledPromise(q), m.ballot)
ReadByQuorum(q, P) ==
  /\ Same("the last round", {rounds[q]}, {m.round : m \in OfType("confirm")})
  /\ Same("who confirmed, a quorum", TRUE, \A C \in Governing(q) :
            IsQuorum({m.from : m \in OfType("confirm")}, C))
  /\ Same("promises of this ballot", {Leading(q)}, {m.ballot : m \in P})
  /\ Same("promises, a quorum", TRUE, \A C \in Governing(q) : IsQuorum({m.from : m \in P}, C))
  /\ Same("executed, all that the round and the promises report", TRUE,
          Max({Barrier(P)} \cup {m.prefix : m \in OfType("readRound")}) <= applied[q])
  /\ UNCHANGED vars
=============================================================================
