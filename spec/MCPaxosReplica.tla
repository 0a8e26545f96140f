--------------------------- MODULE MCPaxosReplica ---------------------------
(***************************************************************************)
(* Bounds for TLC, and smaller next-state relations for the larger bounds. *)
(* Each leaves out what another model covers; README.md has the table.     *)
(***************************************************************************)
EXTENDS Refinement, Reached

CONSTANTS MaxSlot, MaxBallot
BoundedSlot   == 1 .. MaxSlot
BoundedBallot == 1 .. MaxBallot
NoMembership  == Empty
Symmetry      == Permutations(Replica) \cup Permutations(Value)

(* Replaces Step: every step but a campaign and a leader's own accept is    *)
(* synced at once.  (To sync those at once as well would hide bugs.)        *)
SyncedStep(r, st, now, held) ==
  LET e == [st EXCEPT !.known = known'[r], !.prefix = prefix'[r], !.learnt = learnt'[r]]
  IN IF now = {} /\ \A m \in held : m.type # "prepare"
     THEN Waiting(r) = 0 /\ queue' = [queue EXCEPT ![r] = <<e>>] /\ sent' = With(held)
     ELSE /\ queue' = [queue EXCEPT ![r] = Append(@, [e EXCEPT !.out = held])]
          /\ sent' = With(now)
-----------------------------------------------------------------------------
(* Prepare and Accept have three outcomes each; a sync of n steps is n      *)
(* syncs of one, and a crash that keeps n is n syncs and one that keeps     *)
(* none.                                                                    *)
PrepareNew(r)    == \E m \in sent.prepare : m.ballot > Mem(r).promised /\ HandlePrepare(r, m)
PrepareRepeat(r) == \E m \in sent.prepare : m.ballot = Mem(r).promised /\ HandlePrepare(r, m)
PrepareReject(r) == \E m \in sent.prepare : m.ballot < Mem(r).promised /\ HandlePrepare(r, m)
Votes(r, m)      == VotedAt(Mem(r).accepted, m.slot) # m.ballot
AcceptNew(r)     == \E m \in sent.accept :
                      m.ballot >= Mem(r).promised /\ Votes(r, m) /\ HandleAccept(r, m)
AcceptRepeat(r)  == \E m \in sent.accept :
                      m.ballot >= Mem(r).promised /\ ~Votes(r, m) /\ HandleAccept(r, m)
AcceptReject(r)  == \E m \in sent.accept : m.ballot < Mem(r).promised /\ HandleAccept(r, m)
PersistOne(r)    == Waiting(r) > 0 /\ Persist(r, 1)
PersistMany(r)   == \E n \in 2 .. Waiting(r) : Persist(r, n)
CrashHard(r)     == Crash(r, 0)
CrashKeeping(r)  == \E n \in 1 .. Waiting(r) : Crash(r, n)

(* What decides: ballots, promises and votes; then choices; then teaching.  *)
Deciding(r)  == \/ Campaigns(r) \/ PrepareNew(r) \/ BecomesLeader(r)
                \/ Proposes(r)  \/ AcceptNew(r)  \/ PersistOne(r)
Choosing(r)  == Deciding(r) \/ Chooses(r) \/ HandlesChosen(r)
Teaching(r)  == Choosing(r) \/ Announce(r) \/ SendsEntries(r) \/ HandlesCatchUp(r)
Answering(r) == \/ Campaigns(r) \/ HandlesPrepare(r) \/ BecomesLeader(r) \/ Proposes(r)
                \/ HandlesAccept(r) \/ HandlesReject(r) \/ Persists(r)
Crashing(r)  == CrashHard(r) \/ Restart(r)

DecideNext      == \E r \in Replica : Deciding(r)
ChooseNext      == \E r \in Replica : Choosing(r)
TeachNext       == \E r \in Replica : Teaching(r)
AnswerNext      == \E r \in Replica : Answering(r)
DecideCrashNext == \E r \in Replica : Deciding(r) \/ Crashing(r)
TeachCrashNext  == \E r \in Replica : Teaching(r) \/ Crashing(r)
ApplyNext       == \E r \in Replica : Choosing(r) \/ Applies(r) \/ Crashing(r)

(* Every action and every outcome, each as a disjunct that coverage names.  *)
EveryNext == \E r \in Replica :
  \/ Campaigns(r) \/ PrepareNew(r) \/ PrepareRepeat(r) \/ PrepareReject(r)
  \/ BecomesLeader(r) \/ Proposes(r) \/ AcceptNew(r) \/ AcceptRepeat(r) \/ AcceptReject(r)
  \/ Chooses(r) \/ Announce(r) \/ HandlesChosen(r) \/ SendsEntries(r) \/ HandlesCatchUp(r)
  \/ HandlesReject(r) \/ Applies(r) \/ PersistOne(r) \/ PersistMany(r)
  \/ CrashHard(r) \/ CrashKeeping(r) \/ Restart(r)
CONSTANT MaxLevel
Shallow == TLCGet("level") <= MaxLevel

(* Late starts, for questions that lie too deep for a search from Init.     *)
Word(a, b)  == [type |-> "promise", ballot |-> b, from |-> a, prefix |-> 0, accepted |-> Empty]
Voted(b, u) == [ballot |-> b, value |-> u]
Start(f, k, l, n, o, M) ==
  /\ queue   = [a \in Replica |-> <<[Blank EXCEPT !.promised = f[a].promised,
                                                  !.accepted = f[a].accepted]>>]
  /\ snapshot = [a \in Replica |-> BirthRecord]
  /\ Lease!Init
  /\ known   = [a \in Replica |-> IF a = l THEN k ELSE Empty]
  /\ prefix  = [a \in Replica |-> IF a = l THEN Cardinality(DOMAIN k) ELSE 0]
  /\ learnt  = [a \in Replica |-> IF a = l THEN n ELSE 0]
  /\ role    = [a \in Replica |-> IF \E b \in DOMAIN o : o[b] = a THEN "leader" ELSE "follower"]
  /\ applied = [a \in Replica |-> 0]
  /\ owner   = o
  /\ sent    = [t \in Types |-> {m \in M : m.type = t}]

(* r leads ballot 1 and only it has voted there, for v; then x led ballot 2 *)
(* on the promise and the vote of q, and w is chosen and known to x.        *)
DeposedStart == \E r, x, q \in Replica, v, w \in Value :
  /\ Cardinality({r, x, q}) = 3 /\ v # w
  /\ Start([a \in Replica |-> IF a = r THEN [promised |-> 1, accepted |-> 1 :> Voted(1, v)]
                              ELSE [promised |-> 2, accepted |-> 1 :> Voted(2, w)]],
           1 :> w, x, 2, (1 :> r) @@ (2 :> x),
           {Prepare(1, r, 1), Prepare(2, x, 1), Word(r, 1), Word(q, 1), Word(x, 2), Word(q, 2),
            Accept(1, 1, v), Accept(2, 1, w), Accepted(1, 1, r), Accepted(2, 1, x),
            Accepted(2, 1, q), Chosen(2, 1)})

(* r leads ballot 1; with q it chose v in slot 1 and then w in slot 2, and  *)
(* only r knows it.                                                         *)
WindowStart == \E r, q \in Replica, v, w \in Value :
  /\ r # q /\ v # w
  /\ Start([a \in Replica |-> IF a \in {r, q}
                    THEN [promised |-> 1, accepted |-> (1 :> Voted(1, v)) @@ (2 :> Voted(1, w))]
                    ELSE [promised |-> 0, accepted |-> Empty]],
           (1 :> v) @@ (2 :> w), r, 1, 1 :> r,
           {Prepare(1, r, 1), Word(r, 1), Word(q, 1), Accept(1, 1, v), Accept(1, 2, w),
            Accepted(1, 1, r), Accepted(1, 1, q), Accepted(1, 2, r), Accepted(1, 2, q),
            Chosen(1, 1), Chosen(1, 2)})
-----------------------------------------------------------------------------
(* Must be violated, or the models prove nothing.                           *)
NeverChosen     == TheChosen = Empty
NeverTwoLeaders == \A r, q \in Replica : role[r] = "leader" /\ role[q] = "leader" => r = q
(* A value was proposed in a slot after every promise of the ballot that    *)
(* has left reported it there at a lower one.                               *)
NeverReproposed == \A m \in sent.accept :
  LET P == {p \in sent.promise : p.ballot = m.ballot /\ m.slot \in DOMAIN p.accepted
                                 /\ p.accepted[m.slot].value = m.value}
  IN ~IsQuorum({p.from : p \in P}, Birth)
Reaches == Reached(1, "TwoLeaders", ~NeverTwoLeaders)
NeverAllKnown   == \E r \in Replica : prefix[r] < MaxSlot
=============================================================================
