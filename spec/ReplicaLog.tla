----------------------------- MODULE ReplicaLog -----------------------------
(***************************************************************************)
(* What replicas do about the log: ballots, promises, votes, choices, and  *)
(* how they learn and execute what was chosen.                             *)
(***************************************************************************)
EXTENDS ReplicaLeases

(***************************************************************************)
(* WHO   Any replica that is up, when its election timeout fires.          *)
(* WHAT  It starts ballot b and promises it to itself.  Prepare and its    *)
(*       own Promise wait for the sync.                                    *)
(* SAFE  A ballot has one owner, and once Prepare has left the round is on *)
(*       the disk, so that no restart can use it again.                    *)
(* FROM  LogCabin talk: overthrow(new epoch), an epoch is number and id.   *)
(***************************************************************************)
Campaign(r, b) ==
  /\ Up(r) /\ b > Mem(r).promised
  /\ Lease!MayPromise(r, r)
  /\ IF b \in DOMAIN owner THEN owner[b] = r ELSE TRUE
  /\ owner' = (b :> r) @@ owner
  /\ Becomes(r, "candidate") /\ UNCHANGED <<memory, snapshot, leases>>
  /\ Step(r, [Mem(r) EXCEPT !.promised = b], {},
          {Prepare(b, r, prefix[r] + 1), Promise(b, r, prefix[r] + 1)})

(***************************************************************************)
(* WHO   An acceptor, on another replica's Prepare.                        *)
(* WHAT  new: it promises, unless it granted the lease to another; repeat: *)
(*       it answers again; reject: it says what it has promised.           *)
(* SAFE  The promise freezes its votes below the ballot, and what the      *)
(*       Promise says is on the disk before it leaves, votes included.     *)
(* FROM  LogCabin talk: answer to overthrow; Paxos Made Simple, phase 1b.  *)
(***************************************************************************)
HandlePrepare(r, m) ==
  /\ Up(r) /\ m \in sent.prepare /\ m.from # r
  /\ Follows(r, m.ballot) /\ UNCHANGED <<memory, snapshot, owner, leases>>
  /\ IF m.ballot > Mem(r).promised
     THEN /\ Lease!MayPromise(r, m.from)
          /\ Step(r, [Mem(r) EXCEPT !.promised = m.ballot], {}, {Promise(m.ballot, r, m.first)})
     ELSE IF m.ballot = Mem(r).promised THEN Hold(r, {Promise(m.ballot, r, m.first)})
     ELSE Send({Reject(Mem(r).promised)})

(***************************************************************************)
(* WHO   A candidate with promises P of its ballot from a quorum.          *)
(* WHAT  Its role changes and nothing else: no value is fixed here, since  *)
(*       slots enter the window later.                                     *)
(* SAFE  Two may lead at once; only the highest can get votes of a quorum. *)
(* FROM  Paxos Made Live, Multi-Paxos: the coordinator.                    *)
(***************************************************************************)
Promises(r, s, P) ==
  /\ P \subseteq sent.promise
  /\ \A m \in P : m.ballot = Mem(r).promised
  /\ IsQuorum({m.from : m \in P}, Configuration(r, s))
BecomeLeader(r, P) ==
  /\ role[r] = "candidate" /\ Promises(r, prefix[r] + 1, P)
  /\ Becomes(r, "leader") /\ UNCHANGED <<queue, memory, snapshot, owner, sent, leases>>

(***************************************************************************)
(* WHO   The leader, for a slot inside the window that is new to it.       *)
(* WHAT  It proposes v and accepts it itself.  Accept rests on the durable *)
(*       ballot alone and leaves at once; its own Accepted waits.          *)
(* SAFE  v is the value of the highest ballot that P reports for the slot, *)
(*       free if none; a slot known to any sender in P is not proposed.    *)
(* FROM  LogCabin talk: "safe to store the operation with the latest epoch *)
(*       among a majority"; Paxos Made Simple, phase 2a.                   *)
(***************************************************************************)
Propose(r, s, v, P) ==
  LET b    == Mem(r).promised
      best == Max({VotedAt(m.accepted, s) : m \in P})
  IN /\ role[r] = "leader" /\ prefix[r] < s /\ s <= prefix[r] + Alpha
     /\ VotedAt(Mem(r).accepted, s) < b
     /\ Promises(r, s, P)
     /\ \A m \in P : m.prefix < s
     /\ \A m \in P : VotedAt(m.accepted, s) = best /\ best > 0 => v = m.accepted[s].value
     /\ UNCHANGED <<memory, snapshot, role, owner, leases>>
     /\ Step(r, [Mem(r) EXCEPT !.accepted = (s :> [ballot |-> b, value |-> v]) @@ @],
             {Accept(b, s, v)}, {Accepted(b, s, r)})

(***************************************************************************)
(* WHO   An acceptor, on the Accept of another replica's ballot for a slot *)
(*       that it still has a log for.                                      *)
(* WHAT  new: it votes, which raises its promise; repeat: it answers       *)
(*       again; reject: it says what it has promised.                      *)
(* SAFE  It never votes below its promise, and a vote is on the disk       *)
(*       before Accepted leaves.                                           *)
(* FROM  LogCabin talk: store(epoch, slot, op); Paxos Made Simple, 2b.     *)
(***************************************************************************)
HandleAccept(r, m) ==
  /\ Up(r) /\ m \in sent.accept /\ owner[m.ballot] # r
  /\ m.slot > snapshot[r].upTo
  /\ Follows(r, m.ballot) /\ UNCHANGED <<memory, snapshot, owner, leases>>
  /\ IF m.ballot < Mem(r).promised THEN Send({Reject(Mem(r).promised)})
     ELSE IF VotedAt(Mem(r).accepted, m.slot) < m.ballot
     THEN Step(r, [Mem(r) EXCEPT !.promised = m.ballot, !.accepted =
                     (m.slot :> [ballot |-> m.ballot, value |-> m.value]) @@ @],
               {}, {Accepted(m.ballot, m.slot, r)})
     ELSE Hold(r, {Accepted(m.ballot, m.slot, r)})

(***************************************************************************)
(* WHO   The leader, for the slot after its known prefix.                  *)
(* WHAT  It counted votes of Q for this very (ballot, slot).  The slot is  *)
(*       chosen, and the leader tells the others, unless something in its  *)
(*       prefix was learnt at a higher ballot.                             *)
(* SAFE  Votes of mixed ballots are not counted together: a later ballot   *)
(*       may still choose another value.                                   *)
(* FROM  LogCabin talk: finalize after a majority stored the same.         *)
(***************************************************************************)
Sayable(b, n, l) == IF l <= b THEN {Chosen(b, n)} ELSE {}
Choose(r, s, Q) ==
  LET b == Mem(r).promised
  IN /\ role[r] = "leader" /\ s = prefix[r] + 1 /\ IsQuorum(Q, Configuration(r, s))
     /\ \A a \in Q : Accepted(b, s, a) \in sent.accepted
     /\ known'  = [known EXCEPT ![r] = (s :> Mem(r).accepted[s].value) @@ @]
     /\ prefix' = [prefix EXCEPT ![r] = s]
     /\ learnt' = [learnt EXCEPT ![r] = Max({@, b})]
     /\ Send(Sayable(b, s, learnt'[r])) /\ UNCHANGED <<snapshot, role, applied, owner, leases>>

(***************************************************************************)
(* WHO   The leader, once it leads and after it caught up.                 *)
(* WHAT  It tells how far it knows; its heartbeat repeats the message.     *)
(* SAFE  Nothing in its prefix was learnt at a ballot above its own, so    *)
(*       what the others hold at its ballot is what was chosen.            *)
(* FROM  LogCabin talk: replicate finalized flags widely.                  *)
(***************************************************************************)
Announce(r) ==
  LET b == Mem(r).promised
  IN /\ role[r] = "leader" /\ learnt[r] <= b
     /\ Send({Chosen(b, prefix[r])}) /\ UNCHANGED <<memory, snapshot, role, owner, leases>>

(***************************************************************************)
(* WHO   Any replica that is up, on a leader's Chosen.                     *)
(* WHAT  Its prefix grows over the slots in which it voted at that very    *)
(*       ballot, up to the first one in which it did not.                  *)
(* SAFE  The message names no value; a vote of another ballot may differ.  *)
(* FROM  LogCabin talk: "if slot has (epoch, op), mark as finalized".      *)
(***************************************************************************)
HandleChosen(r, m) ==
  LET k    == prefix[r] + 1
      gaps == {s \in k .. m.upTo : VotedAt(Mem(r).accepted, s) # m.ballot}
      n    == IF gaps # {} THEN Min(gaps) - 1 ELSE Max({m.upTo, prefix[r]})
  IN /\ Up(r) /\ m \in sent.chosen
     /\ known'  = [known EXCEPT ![r] = [s \in k .. n |-> Mem(r).accepted[s].value] @@ @]
     /\ prefix' = [prefix EXCEPT ![r] = n]
     /\ learnt' = [learnt EXCEPT ![r] = IF n >= k THEN Max({@, m.ballot}) ELSE @]
     /\ Follows(r, m.ballot) /\ <<prefix', role'>> # <<prefix, role>>
     /\ UNCHANGED <<queue, snapshot, applied, owner, sent, leases>>

(***************************************************************************)
(* WHO   Any replica that is up, asked by one that lacks slots.            *)
(* WHAT  It sends known values, with the highest ballot at which it learnt *)
(*       anything.                                                         *)
(* SAFE  Known values are chosen; no promise and no vote is spoken of.     *)
(* FROM  Paxos Made Live: catch-up; LogCabin talk: read(slot).             *)
(***************************************************************************)
SendEntries(r, first, last) ==
  /\ Up(r) /\ snapshot[r].upTo < first /\ first <= last /\ last <= prefix[r]
  /\ Send({Entry(s, known[r][s], learnt[r]) : s \in first .. last})
  /\ UNCHANGED <<memory, snapshot, role, owner, leases>>

(***************************************************************************)
(* WHO   Any replica that is up, on entries M for the slots after its      *)
(*       prefix.                                                           *)
(* WHAT  It knows them, and writes them to its log as known, never as its  *)
(*       vote.  No message rests on that.                                  *)
(* SAFE  A vote it did not cast would count twice.  A leader that learnt   *)
(*       above its own ballot follows.                                     *)
(* FROM  Paxos Made Live: catch-up.                                        *)
(***************************************************************************)
HandleCatchUp(r, M) ==
  LET k == prefix[r] + 1
      n == prefix[r] + Cardinality(M)
  IN /\ Up(r) /\ M # {} /\ M \subseteq sent.entry
     /\ {m.slot : m \in M} = k .. n
     /\ known'  = [known EXCEPT ![r] =
                     [s \in k .. n |-> (CHOOSE m \in M : m.slot = s).value] @@ @]
     /\ prefix' = [prefix EXCEPT ![r] = n]
     /\ learnt' = [learnt EXCEPT ![r] = Max({@} \cup {m.learnt : m \in M})]
     /\ Follows(r, learnt'[r]) /\ UNCHANGED <<snapshot, applied, owner, leases>>
     /\ Step(r, Mem(r), {}, {})

(***************************************************************************)
(* WHO   A candidate or leader that is told of a higher promise.           *)
(* WHAT  It follows; its own promise stays as it is.                       *)
(* SAFE  Seeing a higher ballot grants it nothing.                         *)
(* FROM  LogCabin talk: a leader whose store is rejected becomes passive.  *)
(***************************************************************************)
HandleReject(r, m) ==
  /\ m \in sent.reject /\ role[r] \in {"candidate", "leader"}
  /\ m.ballot > Mem(r).promised
  /\ Becomes(r, "follower") /\ UNCHANGED <<queue, memory, snapshot, owner, sent, leases>>

(***************************************************************************)
(* WHO   Any replica that is up.                                           *)
(* WHAT  Its state machine executes the next known slot.                   *)
(* SAFE  In order and without holes, so that all machines agree.           *)
(* FROM  LogCabin talk: the state machine advances over finalized slots.   *)
(***************************************************************************)
Apply(r, s) ==
  /\ Up(r) /\ s = applied[r] + 1 /\ s <= prefix[r]
  /\ applied' = [applied EXCEPT ![r] = s]
  /\ UNCHANGED <<queue, snapshot, known, prefix, learnt, role, owner, sent, leases>>
=============================================================================
