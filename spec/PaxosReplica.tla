---------------------------- MODULE PaxosReplica ----------------------------
(***************************************************************************)
(* Multi-Paxos message by message.  Every action is one event of the code, *)
(* under the same name, with what it counted as parameters: what concerns  *)
(* the log in ReplicaLog, leases in ReplicaLeases, snapshots in            *)
(* ReplicaSnapshots, and here what stops and starts a replica, all of it   *)
(* together, and what must hold.                                           *)
(***************************************************************************)
EXTENDS ReplicaLog, ReplicaSnapshots

Outs(r, n) == UNION {queue[r][i].out : i \in 2 .. n + 1}

(***************************************************************************)
(* WHO   The disk of a replica: one sync has come back.                    *)
(* WHAT  The first n waiting steps are on the disk; their messages leave.  *)
(* SAFE  Steps reach the disk in the order in which they were handled.     *)
(* FROM  Paxos Made Live: flush to disk before any reply; group commit.    *)
(***************************************************************************)
Persist(r, n) ==
  /\ n \in 1 .. Waiting(r)
  /\ queue' = [queue EXCEPT ![r] = [SubSeq(@, n + 1, Len(@)) EXCEPT ![1].out = {}]]
  /\ sent'  = With(Outs(r, n))
  /\ UNCHANGED <<memory, snapshot, role, owner, leases>>

(***************************************************************************)
(* WHO   A replica stops, at any moment.                                   *)
(* WHAT  Of the waiting steps the first n turn out to be on its disk.      *)
(*       Their messages may have left; later steps and theirs are gone.    *)
(*       What it knows is what the log and the snapshot say.               *)
(* SAFE  No message that left rests on a step that is gone.                *)
(* FROM  LogCabin talk: servers crash at any time and restart later.       *)
(***************************************************************************)
Crash(r, n) ==
  LET d == queue[r][n + 1]
  IN /\ n \in 0 .. Waiting(r)
     /\ queue'  = [queue EXCEPT ![r] = <<[d EXCEPT !.out = {}]>>]
     /\ known'  = [known EXCEPT ![r] = d.known]
     /\ prefix' = [prefix EXCEPT ![r] = Max({d.prefix, snapshot[r].upTo})]
     /\ learnt' = [learnt EXCEPT ![r] = Max({d.learnt, snapshot[r].learnt})]
     /\ sent'   = With(Outs(r, n))
     /\ Becomes(r, "down") /\ UNCHANGED <<snapshot, applied, owner, leases>>

(***************************************************************************)
(* WHO   A replica that was down.                                          *)
(* WHAT  It resumes from its disk as a follower and executes what it knows.*)
(* SAFE  It resumes no ballot: it does not remember what it proposed.  It  *)
(*       promises nobody as long as a grant that it forgot may run.        *)
(* FROM  Paxos Made Live: replay of the log.                               *)
(***************************************************************************)
Restart(r) ==
  /\ role[r] = "down" /\ Becomes(r, "follower")
  /\ applied' = [applied EXCEPT ![r] = prefix[r]]
  /\ Lease!Forgets(r)
  /\ UNCHANGED <<queue, snapshot, known, prefix, learnt, owner, sent>>
-----------------------------------------------------------------------------
(* Each action under a name of its own, so that TLC names it in traces.     *)
PromisesOf(r)     == {m \in sent.promise : m.ballot = Mem(r).promised}
Campaigns(r)      == \E b \in Ballot : Campaign(r, b)
HandlesPrepare(r) == \E m \in sent.prepare : HandlePrepare(r, m)
BecomesLeader(r)  == \E P \in SUBSET PromisesOf(r) : BecomeLeader(r, P)
Proposes(r)       == \E s \in Slot, v \in Value, P \in SUBSET PromisesOf(r) : Propose(r, s, v, P)
HandlesAccept(r)  == \E m \in sent.accept : HandleAccept(r, m)
Chooses(r)        == \E Q \in SUBSET Replica : Choose(r, prefix[r] + 1, Q)
HandlesChosen(r)  == \E m \in sent.chosen : HandleChosen(r, m)
SendsEntries(r)   == \E first, last \in DOMAIN known[r] : SendEntries(r, first, last)
HandlesCatchUp(r) == \E M \in SUBSET sent.entry : HandleCatchUp(r, M)
HandlesReject(r)  == \E m \in sent.reject : HandleReject(r, m)
Applies(r)        == Apply(r, applied[r] + 1)
Grants(r)         == \E m \in asks : GrantLease(r, m)
HandlesRelease(r) == \E b \in released : HandleRelease(r, b)
ReadsLocally(r)   == \E P \in SUBSET PromisesOf(r) : ReadLocally(r, P)
Snapshots(r)      == \E n \in 1 .. applied[r] : TakeSnapshot(r, n)
Installs(r)       == \E m \in sent.snapshot : InstallSnapshot(r, m)
Persists(r)       == \E n \in 1 .. Waiting(r) : Persist(r, n)
Crashes(r)        == \E n \in 0 .. Waiting(r) : Crash(r, n)

Next == \E r \in Replica :
  \/ Campaigns(r)     \/ HandlesPrepare(r) \/ BecomesLeader(r) \/ Proposes(r)
  \/ HandlesAccept(r) \/ Chooses(r)        \/ Announce(r)      \/ HandlesChosen(r)
  \/ SendsEntries(r)  \/ HandlesCatchUp(r) \/ HandlesReject(r) \/ Applies(r)
  \/ Snapshots(r)     \/ Installs(r)
  \/ Tick(r)          \/ AskLease(r)       \/ Grants(r)        \/ ReleaseLease(r)
  \/ HandlesRelease(r) \/ ReadsLocally(r)
  \/ Persists(r)      \/ Crashes(r)        \/ Restart(r)
Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
(* What is chosen, and by whom each slot is governed, as the votes tell.    *)
Voters(b, s)   == {m.from : m \in {x \in sent.accepted : x.ballot = b /\ x.slot = s}}
ChosenIn(f, s) == IF ~Settled(f, s) THEN {}
                  ELSE {m \in sent.accept :
                          m.slot = s /\ IsQuorum(Voters(m.ballot, s), MembersAt(f, s))}
WithSlot(f, s) == LET M == ChosenIn(f, s)
                  IN IF M = {} THEN f
                     ELSE (s :> (CHOOSE m \in M : \A n \in M : n.ballot <= m.ballot).value) @@ f
RECURSIVE ChosenUpTo(_)
ChosenUpTo(s)  == IF s = 0 THEN Empty
                  ELSE CHOOSE g \in {WithSlot(f, s) : f \in {ChosenUpTo(s - 1)}} : TRUE
TheChosen      == ChosenUpTo(Max({m.slot : m \in sent.accept} \cup {0}))

TypeOK ==
  /\ \A r \in Replica : Disk(r).out = {} /\ prefix[r] \in Nat /\ learnt[r] \in Nat
       /\ applied[r] \in Nat /\ applied[r] >= 0
       /\ role[r] \in {"follower", "candidate", "leader", "down"}
       /\ \A i \in 1 .. Len(queue[r]) : queue[r][i].promised \in Nat
            /\ DOMAIN queue[r][i].accepted \subseteq Slot
  /\ DOMAIN owner \subseteq Ballot /\ \A b \in DOMAIN owner : owner[b] \in Replica
(* Every slot of the prefix is in the snapshot or in the log, once.         *)
NothingLost      == \A r \in Replica : DOMAIN snapshot[r].state = 1 .. snapshot[r].upTo
                      /\ DOMAIN known[r] = snapshot[r].upTo + 1 .. prefix[r]
(* What a snapshot covers is not in the log again.                          *)
CutIsCut         == \A r \in Replica : \A i \in DOMAIN queue[r] :
                      \A s \in DOMAIN queue[r][i].accepted : s > snapshot[r].upTo
(* The owner of a ballot promises it once, when it begins: what it promises  *)
(* later would count what it voted for since.                               *)
OwnPromiseOnce   == \A m, n \in sent.promise :
                      m.from = owner[m.ballot] /\ n.from = m.from /\ n.ballot = m.ballot => m = n
Agreement        == \A r, q \in Replica : \A s \in 1 .. Min({prefix[r], prefix[q]}) :
                      StateUpTo(r, prefix[r])[s] = StateUpTo(q, prefix[q])[s]
PrepareIsDurable == \A m \in sent.prepare  : Disk(m.from).promised >= m.ballot
PromiseIsDurable == \A m \in sent.promise  : Disk(m.from).promised >= m.ballot
VoteIsDurable    == \A m \in sent.accepted : m.slot > snapshot[m.from].upTo =>
                      VotedAt(Disk(m.from).accepted, m.slot) >= m.ballot
OneValue         == \A m, n \in sent.accept :
                      m.ballot = n.ballot /\ m.slot = n.slot => m.value = n.value
(* What was chosen at one ballot is what every higher ballot proposes.      *)
ChosenOnce       == LET f == TheChosen IN \A m, n \in sent.accept :
                      m.slot = n.slot /\ m.ballot < n.ballot /\ m.value # n.value
                      => m \notin ChosenIn(f, m.slot)
KnownIsChosen    == LET f == TheChosen IN \A r \in Replica : \A s \in 1 .. prefix[r] :
                      \E m \in ChosenIn(f, s) : m.value = StateUpTo(r, prefix[r])[s]
AppliedIsKnown   == \A r \in Replica : Up(r) => applied[r] <= prefix[r]
(* Who is down does nothing: it keeps what it has until it restarts.        *)
Own(r)     == <<queue[r], known[r], prefix[r], learnt[r], snapshot[r], lent[r]>>
Granted(r) == {g \in grants : g.from = r}
DownIsIdle == [][\A r \in Replica : role[r] = "down" =>
                   /\ role'[r] \in {"down", "follower"}
                   /\ role'[r] = "follower" => applied'[r] = prefix[r]
                                              /\ quiet'[r] = clock[r] + Term
                   /\ role'[r] = "down" => Own(r)' = Own(r) /\ applied'[r] = applied[r]
                   /\ Granted(r)' = Granted(r)
                   /\ (\A q \in Replica : role[q] = "down") => sent' = sent]_vars
(* Entries are sent by who is up and knows them.                            *)
EntriesAreKnown == [][\A m \in sent'.entry \ sent.entry : \E r \in Replica :
                        Up(r) /\ m.slot \in DOMAIN known[r] /\ known[r][m.slot] = m.value]_vars
(* Who leads was promised its ballot by a quorum.                           *)
Elected == [][\A r \in Replica : role[r] # "leader" /\ role'[r] = "leader" =>
                IsQuorum({m.from : m \in PromisesOf(r)}, Configuration(r, prefix[r] + 1))]_vars
(* Who votes in its own ballot leads it.                                    *)
OwnVote(r, s, v) == owner[v.ballot] = r
                    /\ VotedAt(Mem(r).accepted, s) # v.ballot
LeadsOwnBallot   == [][\A r \in Replica : role'[r] # "down" /\ role[r] # "leader" =>
                        \A s \in DOMAIN Mem(r).accepted' :
                          ~OwnVote(r, s, Mem(r).accepted'[s])]_vars
(* Every durable step has something to say.                                 *)
Content(st)      == [st EXCEPT !.out = {}]
StepsTell        == [][\A r \in Replica : Len(queue'[r]) > Len(queue[r]) =>
                         Content(Mem(r))' # Content(Mem(r))]_vars
(* At most one may read from its own state, and nobody knows more.         *)
Readers          == {r \in Replica : \E P \in SUBSET PromisesOf(r) : MayRead(r, P)}
OneMaster        == Cardinality(Readers) <= 1
ReadIsFresh      == \A r \in Readers : \A q \in Replica : prefix[q] <= prefix[r]
=============================================================================
