------------------------- MODULE TracePaxosReplica -------------------------
(***************************************************************************)
(* Is a merged trace a behaviour of PaxosReplica?  A cursor runs over its  *)
(* steps.  Each is one action of the spec with the witnesses that the      *)
(* event names; then the ids that the event made and released and the      *)
(* state it left behind must be those of the spec.  There is no rule that  *)
(* skips a step.                                                           *)
(*                                                                         *)
(* TLC runs it with its deadlock check: a step that is not allowed is a    *)
(* deadlock, and past the last step the state repeats.  Depth = steps + 1. *)
(* The VIEW is the cursor alone: a step with its witnesses has at most one *)
(* successor; were there another one, dropping it could only reject.       *)
(***************************************************************************)
EXTENDS TraceLeases, TraceEpochs

-----------------------------------------------------------------------------
VoteRows(f)  == {<<s, f[s].ballot, f[s].value>> : s \in DOMAIN f}
KnownRows(f) == {<<s, f[s]>> : s \in DOMAIN f}

(* Witnesses.  An event names the messages that it consumed or counted.    *)
Consumes == CASE e.action = "HandlePrepare" -> "prepare"
              [] e.action \in {"BecomeLeader", "Propose", "ReadLocally"} -> "promise"
              [] e.action = "HandleAccept"  -> "accept"
              [] e.action = "Choose"        -> "accepted"
              [] e.action = "HandleChosen"  -> "chosen"
              [] e.action = "HandleCatchUp" -> "entry"
              [] e.action = "HandleReject"  -> "reject"
              [] e.action = "GrantLease"    -> "ask"
              [] e.action = "HandleRelease" -> "release"
              [] e.action = "ConfirmBallot" -> "readRound"
              [] e.action = "ReadByQuorum"  -> "confirm"
              [] e.action = "InstallSnapshot" -> "snapshot"
              [] OTHER                      -> "nothing"
Counted  == {Consumes} \cup CASE e.action = "ReadLocally"  -> {"grant"}
                              [] e.action = "ReadByQuorum" -> {"readRound", "promise"}
                              [] OTHER                     -> {}
Single   == {"HandlePrepare", "HandleAccept", "HandleChosen", "HandleReject",
             "GrantLease", "HandleRelease", "ConfirmBallot", "InstallSnapshot"}
Witnesses ==
  /\ Same("from, made before", {}, Range(e.from) \ DOMAIN ids)
  /\ Same("from, types", {}, {m.type : m \in Named} \ Counted)
  /\ IF e.action \in Single THEN Same("from, messages", 1, Cardinality(Named)) ELSE TRUE

(* Asked for after a rejection: what the step that was refused rests on.   *)
Relevant == IF "slot" \in DOMAIN e THEN {row \in VoteRows(Mem(r).accepted) : row[1] = e.slot} ELSE {}
Explained == IF cursor # Header.explain THEN TRUE
             ELSE PrintT("messages;" \o ToString(Named)) /\ PrintT("held;" \o ToString(Relevant))

(* The durable state that is marked with an event: its index in queue.     *)
At(mark) == LET found == {k \in DOMAIN steps[r] : steps[r][k].mark = mark}
            IN IF found = {} THEN 0 ELSE Max(found)
Found(m) == IF At(m) > 0 THEN TRUE ELSE Same("recovered", {steps[r][k].mark : k \in DOMAIN steps[r]}, {m})

(* One action of the spec; its arguments and the messages say the same.    *)
Governs(s)  == LET C == {c \in Range(e.inForce) : c[1] + Alpha <= s}
               IN IF C = {} THEN Birth ELSE Membership[(CHOOSE c \in C : \A d \in C : d[1] <= c[1])[2]]
OfSnapshot  == /\ Same("handle", <<snapshot'[r].upTo, snapshot'[r].learnt>>, <<e.upTo, e.learnt>>)
               /\ Same("epoch", EpochAt(marks, e.upTo), e.epoch)
               /\ Same("in force", snapshot'[r].inForce, [k \in 1 .. Alpha |-> Governs(e.upTo + k)])
OfBallot(b) == Same("ballot", b, e.ballot)
Action ==
  CASE e.action = "Campaign"      -> Campaign(r, e.ballot)
    [] e.action = "HandlePrepare" -> HandlePrepare(r, Message) /\ OfBallot(Message.ballot)
    [] e.action = "BecomeLeader"  -> BecomeLeader(r, Named) /\ OfBallot(Mem(r).promised)
    [] e.action = "Propose"       -> Propose(r, e.slot, e.value, Named) /\ OfBallot(Mem(r).promised)
    [] e.action = "HandleAccept"  -> HandleAccept(r, Message)
                                     /\ Same("accept", Message, Accept(e.ballot, e.slot, e.value))
    [] e.action = "Choose"        -> LET Q == {m.from : m \in Named} IN
         Choose(r, e.slot, Q) /\ Same("votes", {Accepted(e.ballot, e.slot, a) : a \in Q}, Named)
    [] e.action = "Announce"      -> Announce(r) /\ Same("chosen", Chosen(Mem(r).promised, prefix[r]),
                                                            Chosen(e.ballot, e.upTo))
    [] e.action = "HandleChosen"  -> HandleChosen(r, Message)
                                     /\ Same("chosen", Message, Chosen(e.ballot, e.upTo))
    [] e.action = "SendEntries"   -> SendEntries(r, e.first, e.last)
    [] e.action = "HandleCatchUp" -> LET M == {m \in Named : m.slot \in e.first .. e.last} IN
         HandleCatchUp(r, M) /\ Same("slots", e.first .. e.last, {m.slot : m \in M})
    [] e.action = "HandleReject"  -> HandleReject(r, Message) /\ OfBallot(Message.ballot)
    [] e.action = "Apply"         -> Apply(r, e.slot) /\ Same("value", known[r][e.slot], e.value)
                                     /\ Same("executed", Executed(marks, e), Logged(e))
    [] e.action = "Tick"          -> Tick(r)
    [] e.action = "AskLease"      -> AskLease(r) /\ OfBallot(Leading(r))
    [] e.action = "GrantLease"    -> GrantLease(r, [ballot |-> Message.ballot, at |-> Message.at])
                                     /\ OfBallot(Message.ballot)
    [] e.action = "ReleaseLease"  -> ReleaseLease(r) /\ OfBallot(Leading(r))
    [] e.action = "HandleRelease" -> HandleRelease(r, e.ballot) /\ OfBallot(Message.ballot)
    [] e.action = "ReadLocally"   -> InLease /\ OfBallot(Leading(r)) /\ ReadLocally(r, OfType("promise"))
    [] e.action = "AskRound"      -> AskRound(r) /\ OfBallot(Leading(r))
    [] e.action = "ConfirmBallot" -> ConfirmBallot(r, Message) /\ OfBallot(Message.ballot)
    [] e.action = "ReadByQuorum"  -> ReadByQuorum(r, OfType("promise")) /\ OfBallot(Leading(r))
    [] e.action = "TakeSnapshot"  -> TakeSnapshot(r, e.upTo) /\ OfSnapshot
    [] e.action = "InstallSnapshot" -> InstallSnapshot(r, Message) /\ OfSnapshot
    [] e.action = "Persist"       -> Persist(r, At(e.persisted) - 1)
    [] e.action = "Crash"         -> Found(e.recovered) /\ Crash(r, At(e.recovered) - 1)
    [] e.action = "Restart"       -> Restart(r)
    [] e.action = "Forget"        -> Forget

(* The state after the action, as the spec has it.                         *)
Top   == queue'[r][Len(queue'[r])]
Grew  == Len(queue'[r]) > Len(queue[r])
Answers == {"HandlePrepare", "HandleAccept"}
Outcome == IF Grew THEN "new" ELSE IF Message.ballot < Mem(r).promised THEN "reject" ELSE "repeat"

(* The messages that the action makes, in the order of their ids.          *)
Made ==
  CASE e.action = "Campaign" -> LET k == prefix[r] + 1
                                 IN <<{Prepare(e.ballot, r, k)}, {Promise(e.ballot, r, k)}>>
    [] e.action \in Answers /\ Outcome = "reject" -> <<{Reject(Mem(r).promised)}>>
    [] e.action = "HandlePrepare" -> <<{Promise(e.ballot, r, Message.first)}>>
    [] e.action = "Propose"       -> <<{Accept(e.ballot, e.slot, e.value)}, {Accepted(e.ballot, e.slot, r)}>>
    [] e.action = "HandleAccept"  -> <<{Accepted(e.ballot, e.slot, r)}>>
    [] e.action = "Choose"        -> LET M == Sayable(e.ballot, e.slot, learnt'[r])
                                     IN IF M = {} THEN <<>> ELSE <<M>>
    [] e.action = "Announce"      -> <<{Chosen(e.ballot, e.upTo)}>>
    [] e.action = "SendEntries"   -> <<{Entry(s, known[r][s], learnt[r]) : s \in e.first .. e.last}>>
    [] e.action = "AskLease"      -> <<{Ask(e.ballot, clock[r])}>>
    [] e.action = "GrantLease"    -> <<{Grant(r, e.ballot, Message.at)}>>
    [] e.action = "ReleaseLease"  -> <<{Release(e.ballot)}>>
    [] e.action = "AskRound"      -> <<{Round(e.ballot, prefix[r])}>>
    [] e.action = "ConfirmBallot" -> <<{Confirm(r, e.ballot, e.from[1])}>>
    [] e.action = "TakeSnapshot"  -> <<{Snapshot(r, e.upTo)}>>
    [] OTHER -> <<>>

(* What the spec lets leave: all but what rests on a waiting step.         *)
Held     == {k \in DOMAIN Made : Len(queue'[r]) > 1 /\ Made[k] \subseteq Top.out}
HasLeft(M) == \A m \in M : m.type \in Types => m \in sent'[m.type]
Resting  == {e.made[k] : k \in Held}
Freed    == IF e.action = "Persist" THEN UNION {steps[r][k].ids : k \in 2 .. At(e.persisted)}
            ELSE {e.made[k] : k \in DOMAIN Made \ Held}
Voted    == IF "voted" \in DOMAIN e THEN {e.voted} ELSE {}
Said(m)  == [prefix |-> m.prefix, accepted |-> VoteRows(m.accepted)]
Messages ==
  /\ Same("made, number", Len(Made), Len(e.made))
  /\ Same("made, held or gone", {}, {k \in DOMAIN Made \ Held : ~HasLeft(Made[k])})
  /\ IF e.action \in Answers THEN Same("outcome", Outcome, e.outcome) ELSE TRUE
  /\ LET says == {Said(m) : m \in {m \in UNION Range(Made) : m.type = "promise"}}
     IN IF says = {} THEN TRUE ELSE
        Same("said", says, {[prefix |-> e.said.prefix, accepted |-> Range(e.said.accepted)]})
  /\ Same("voted", {m.slot : m \in {m \in UNION Range(Made) : m.type = "accepted"}}, Voted)
  /\ Same("released", Freed, Range(e.released))
  /\ ids' = IF e.made = <<>> THEN ids
            ELSE [i \in Range(e.made) |-> Made[CHOOSE k \in DOMAIN Made : e.made[k] = i]] @@ ids
  /\ rounds' = IF e.action = "AskRound" THEN [rounds EXCEPT ![r] = e.made[1]] ELSE rounds
  /\ steps' = [steps EXCEPT ![r] =
       CASE e.action = "Persist" -> <<[mark |-> e.persisted, ids |-> {}]>>
                                      \o SubSeq(@, At(e.persisted) + 1, Len(@))
         [] Grew -> Append(@, [mark |-> <<e.start, e.seq>>, ids |-> Resting])
         [] Resting # {} -> [@ EXCEPT ![Len(@)].ids = @ \cup Resting]
         [] OTHER -> @]
-----------------------------------------------------------------------------
Low == Max({floor[r], e.above}) + 1
Above(rows) == {row \in rows : row[1] >= Low}
NewVotes == IF Grew /\ e.action \in {"Propose", "HandleAccept"}
            THEN VoteRows([s \in {e.slot} |-> Top.accepted[s]]) ELSE {}
NewKnown == {<<s, known'[r][s]>> : s \in (prefix[r] + 1 .. prefix'[r]) \cap DOMAIN known'[r]}
Post ==
  /\ Same("promised", Top.promised, e.post.promised)
  /\ Same("role", role'[r], e.post.role)
  /\ Same("prefix", prefix'[r], e.post.prefix)
  /\ Same("learnt", learnt'[r], e.post.learnt)
  /\ Same("applied", applied'[r], e.post.applied)
  /\ Same("snapshot", snapshot'[r].upTo, e.post.snapshot)
  /\ Same("waiting", Len(queue'[r]) - 1, e.post.waiting)
  /\ IF e.full
     THEN /\ Same("accepted", VoteRows(From(Top.accepted, Low)), Above(Range(e.accepted)))
          /\ Same("known", KnownRows(From(known'[r], Low)), Above(Range(e.known)))
     ELSE /\ Same("accepted", NewVotes, Range(e.accepted))
          /\ Same("known", NewKnown, Range(e.known))
(* Agreement: what becomes known to r is what became known to the first.   *)
Conflicts == {row \in NewKnown : row[1] \in DOMAIN decided /\ decided[row[1]] # row[2]}
Agreed ==
  /\ Same("agreement", {<<row[1], decided[row[1]]>> : row \in Conflicts}, Conflicts)
  /\ decided' = IF NewKnown = {} THEN decided
                ELSE [s \in prefix[r] + 1 .. prefix'[r] |-> known'[r][s]] @@ decided
  /\ marks' = marks \cup {row[1] : row \in {row \in NewKnown : row[2] \in Range(Header.marks)}}
(* Nothing that was forgotten is spoken of again.                          *)
Remembered == IF e.action = "HandleAccept" THEN Same("floor", TRUE, e.slot > floor[r]) ELSE TRUE
-----------------------------------------------------------------------------
Crashed == /\ steps' = [steps EXCEPT ![r] = <<[mark |-> e.recovered, ids |-> {}]>>]
           /\ UNCHANGED <<ids, floor, decided, rounds, marks>>

TraceInit == /\ Init /\ cursor = 1 /\ ids = Empty /\ decided = Empty /\ marks = {}
             /\ steps = [q \in Replica |-> <<[mark |-> <<0, 0>>, ids |-> {}]>>]
             /\ floor = [q \in Replica |-> 0] /\ rounds = [q \in Replica |-> ""]
Take == /\ cursor <= Header.steps /\ cursor' = cursor + 1
        /\ IF e.action = "Forget" THEN Action
           ELSE IF e.action = "Crash" THEN Action /\ Crashed
           ELSE /\ Witnesses /\ Remembered /\ Explained
                /\ Lent /\ Action /\ Messages /\ Post /\ Agreed /\ UNCHANGED floor
Past == cursor > Header.steps /\ UNCHANGED <<vars, trace>>
TraceNext == Take \/ Past
Cursor == <<cursor>>
=============================================================================
