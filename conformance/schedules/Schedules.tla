----------------------------- MODULE Schedules -----------------------------
(***************************************************************************)
(* Behaviours of PaxosReplica, or of a broken one, that say of each step   *)
(* which action it was: what TLC prints of them is a schedule for the      *)
(* code.  The action is found behind the step, by asking which one with    *)
(* which witnesses leads from the state to the next, so that every         *)
(* next-state relation and every broken spec can be recorded as it is.     *)
(*                                                                         *)
(* A step is left out if the code would never take it, since it is         *)
(* narrower than the spec.  The list, with reasons, is README.md's.        *)
(***************************************************************************)
EXTENDS MCSimulate

CONSTANTS
  Noop,   \* the value that fills a hole
  Echo    \* whether a replica may be told its own Chosen, which the code ignores

VARIABLES
  did,      \* the action that led here, with its witnesses
  counted   \* [Replica -> the promises that it counted in its ballot]
scheduled == <<vars, counted>>

Begins == did = [action |-> "Init"] /\ counted = [r \in Replica |-> {}]

(* A replica counts the first promise of each member, and keeps it.         *)
Countable(r, P) == counted[r] \subseteq P /\ Cardinality({m.from : m \in P}) = Cardinality(P)
Fewest(S)       == IF S = {} THEN {}
                   ELSE {CHOOSE P \in S : \A Q \in S : Cardinality(P) <= Cardinality(Q)}
(* Slots are proposed in order, and a free one below a reported one is      *)
(* filled.                                                                  *)
NextSlot(r)     == 1 + Max({prefix[r]} \cup {s \in DOMAIN Mem(r).accepted :
                                    Mem(r).accepted[s].ballot = Mem(r).promised})
Holds(m, s, v)  == s \in DOMAIN m.accepted /\ m.accepted[s].value = v
Fills(P, s, v)  == \/ v = Noop
                   \/ \A m \in P : \A x \in DOMAIN m.accepted : x < s
                   \/ \E m \in P : Holds(m, s, v)

Grown(r)  == {m \in sent.entry : m.slot \in prefix[r] + 1 .. prefix'[r]}
Same(M)   == Cardinality({m.learnt : m \in M}) = 1

Campaigned(r) == {[action |-> "Campaign", r |-> r, ballot |-> b] : b \in
  {b \in Ballot : b > learnt[r] /\ Campaign(r, b)}}
Prepared(r)   == {[action |-> "HandlePrepare", r |-> r, message |-> m] : m \in
  {m \in sent.prepare : HandlePrepare(r, m)}}
Led(r)        == {[action |-> "BecomeLeader", r |-> r, promises |-> P] : P \in
  Fewest({P \in SUBSET PromisesOf(r) : Countable(r, P) /\ BecomeLeader(r, P)})}
Offered(r)    == UNION {{[action |-> "Propose", r |-> r, slot |-> s, value |-> v, promises |-> P] :
    P \in Fewest({P \in SUBSET PromisesOf(r) :
                    Countable(r, P) /\ Fills(P, s, v) /\ Propose(r, s, v, P)})} :
  s \in {NextSlot(r)} \cap Slot, v \in Value}
Accepts(r)   == {[action |-> "HandleAccept", r |-> r, message |-> m] : m \in
  {m \in sent.accept : HandleAccept(r, m)}}
Chose(r)      == {[action |-> "Choose", r |-> r, slot |-> prefix[r] + 1, voters |-> Q] : Q \in
  Fewest({Q \in SUBSET Replica : Choose(r, prefix[r] + 1, Q)})}
Announced(r)  == IF Announce(r) THEN {[action |-> "Announce", r |-> r]} ELSE {}
Heard(r)      == {[action |-> "HandleChosen", r |-> r, message |-> m] : m \in
  {m \in sent.chosen : (owner[m.ballot] = r => Echo) /\ HandleChosen(r, m)}}
Answered(r)   == {[action |-> "SendEntries", r |-> r, first |-> k] : k \in
  {k \in DOMAIN known[r] : SendEntries(r, k, prefix[r])}}
Caught(r)     == {[action |-> "HandleCatchUp", r |-> r, entries |-> M] : M \in
  Fewest({M \in SUBSET Grown(r) : Same(M) /\ HandleCatchUp(r, M)})}
Rejected(r)   == {[action |-> "HandleReject", r |-> r, message |-> m] : m \in
  {m \in sent.reject : HandleReject(r, m)}}
Executed(r)    == {[action |-> "Apply", r |-> r, slot |-> s] : s \in
  {s \in {applied'[r]} : Apply(r, s)}}
Persisted(r)  == {[action |-> "Persist", r |-> r, count |-> n] : n \in
  {n \in 1 .. Waiting(r) : Persist(r, n)}}
Crashed(r)    == {[action |-> "Crash", r |-> r, count |-> n] : n \in
  {n \in 0 .. Waiting(r) : Crash(r, n)}}
Restarted(r)  == IF Restart(r) THEN {[action |-> "Restart", r |-> r]} ELSE {}

Ways(r) == UNION {Campaigned(r), Prepared(r), Led(r), Offered(r), Accepts(r), Chose(r),
                  Announced(r), Heard(r), Answered(r), Caught(r), Rejected(r), Executed(r),
                  Persisted(r), Crashed(r), Restarted(r)}
OwnOf(r) == <<queue[r], known[r], prefix[r], learnt[r], role[r], applied[r]>>
Movers   == LET M == {r \in Replica : OwnOf(r)' # OwnOf(r)} IN IF M = {} THEN Replica ELSE M

(* The last conjunct of a step.  What changes nothing is no step.  Two      *)
(* actions may lead to the same state (both kinds of Reject); who knows     *)
(* which one was taken names it.                                            *)
SaysOf(names) ==
  /\ vars' # vars
  /\ \E W \in {{w \in UNION {Ways(r) : r \in Movers} : w.action \in names}} :
       W # {} /\ did' = CHOOSE w \in W : TRUE
  /\ counted' = [counted EXCEPT ![did'.r] =
       IF role'[did'.r] \in {"follower", "down"} \/ did'.action = "Campaign" THEN {}
       ELSE IF "promises" \in DOMAIN did' THEN did'.promises ELSE @]
Says == SaysOf({"Campaign", "HandlePrepare", "BecomeLeader", "Propose", "HandleAccept", "Choose",
                "Announce", "HandleChosen", "SendEntries", "HandleCatchUp", "HandleReject",
                "Apply", "Persist", "Crash", "Restart"})
-----------------------------------------------------------------------------
(* A beginning that is told step by step, for what lies too deep for a      *)
(* search: rows of action, replica and value, if any.                       *)
Keeps(row) == /\ did'.action = row[1] /\ did'.r = row[2]
              /\ Len(row) > 2 => did'.value = row[3]
Tells(script) == LET n == TLCGet("level") IN n > Len(script) \/ Keeps(script[n])

(* r leads ballot 1, and with q it chose v in slot 1 and w in slot 2.       *)
WindowScript(r, q, v, w) ==
  <<<<"Campaign", r>>, <<"Persist", r>>, <<"HandlePrepare", q>>, <<"BecomeLeader", r>>,
    <<"Propose", r, v>>, <<"Persist", r>>, <<"HandleAccept", q>>, <<"Choose", r>>,
    <<"Propose", r, w>>, <<"Persist", r>>, <<"HandleAccept", q>>, <<"Choose", r>>>>
(* r leads ballot 1 and voted there for v; x, with q, then chose w at 2.    *)
DeposedScript(r, x, q, v, w) ==
  <<<<"Campaign", r>>, <<"Persist", r>>, <<"HandlePrepare", q>>, <<"Persist", q>>,
    <<"BecomeLeader", r>>, <<"Propose", r, v>>, <<"Persist", r>>,
    <<"Campaign", x>>, <<"Persist", x>>, <<"HandlePrepare", q>>, <<"Persist", q>>,
    <<"BecomeLeader", x>>, <<"Propose", x, w>>, <<"Persist", x>>,
    <<"HandleAccept", q>>, <<"Persist", q>>, <<"Choose", x>>>>
-----------------------------------------------------------------------------
(* Random runs.  Weights as in MCSimulate, for shorter runs.                *)
OneOf(n, name, A) == RandomElement(1 .. n) = 1 /\ A /\ SaysOf({name})
ScheduleNext == \E r \in Replica :
  \/ OneOf(25, "Campaign", CampaignNext(r))
  \/ OneOf(2, "HandlePrepare", PrepareNew(r))
  \/ OneOf(20, "HandlePrepare", PrepareRepeat(r))
  \/ OneOf(4, "HandlePrepare", PrepareReject(r))
  \/ OneOf(1, "BecomeLeader", BecomesLeader(r))
  \/ OneOf(2, "Propose", Proposes(r))
  \/ OneOf(2, "HandleAccept", AcceptNew(r))
  \/ OneOf(20, "HandleAccept", AcceptRepeat(r))
  \/ OneOf(4, "HandleAccept", AcceptReject(r))
  \/ OneOf(1, "Choose", Chooses(r))
  \/ OneOf(6, "Announce", Announce(r))
  \/ OneOf(3, "HandleChosen", HandlesChosen(r))
  \/ OneOf(10, "SendEntries", SendsEntries(r))
  \/ OneOf(2, "HandleCatchUp", CatchUpOne(r))
  \/ OneOf(2, "HandleCatchUp", CatchUpMany(r))
  \/ OneOf(3, "HandleReject", HandlesReject(r))
  \/ OneOf(2, "Apply", Applies(r))
  \/ OneOf(3, "Persist", PersistOne(r))
  \/ OneOf(3, "Persist", PersistMany(r))
  \/ OneOf(60, "Crash", CrashIdle(r))
  \/ OneOf(20, "Crash", CrashLosing(r))
  \/ OneOf(20, "Crash", CrashKeeping(r))
  \/ OneOf(4, "Restart", Restart(r))
  \/ UNCHANGED <<vars, did, counted>>
(* Whatever was drawn, it is a step of the spec.                            *)
RecordedIsSpec == [][Next]_vars
=============================================================================
