---------------------------- MODULE PaxosReplica ----------------------------
(***************************************************************************)
(* Multi-Paxos message by message.  Every action is one event of the code, *)
(* under the same name, with what it counted as parameters.                *)
(*                                                                         *)
(* A replica is a queue of durable states.  The head is its disk, the last *)
(* is its memory, and between them lies what was handled and is not synced *)
(* yet.  Each queued state holds the messages that rest on it (out): they  *)
(* leave when it is on the disk, and never before.                         *)
(*                                                                         *)
(* Messages that have left are facts in growing sets.  A message that is   *)
(* lost is a fact nobody reads, one that is late or doubled is a fact read *)
(* late or twice, so the network needs no action of its own.               *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
  Replica,   \* the members that exist
  Value,     \* what a slot may hold; no action tests it
  Alpha,     \* how many slots above the known prefix may be open at once,
             \* and how many slots later a configuration comes into force
  Birth,     \* the members that govern slots 1 .. Alpha
  Membership \* function from the values that are configurations to members

Slot   == Nat \ {0}      \* models replace these two by finite sets
Ballot == Nat \ {0}      \* 0 stands for no ballot

VARIABLES
  queue,     \* [Replica -> Seq(durable state)], never empty
  known,     \* [Replica -> function from 1..prefix to values]         memory
  prefix,    \* [Replica -> Nat]: every slot up to it is known         memory
  learnt,    \* [Replica -> Nat]: highest ballot at which any was learnt memory
  role,      \* [Replica -> follower | candidate | leader | down]      memory
  applied,   \* [Replica -> Nat]: slots executed                       memory
  owner,     \* function from the ballots in use to their replicas
  sent       \* [type -> set of messages that have left]

memory == <<known, prefix, learnt, applied>>
vars   == <<queue, known, prefix, learnt, role, applied, owner, sent>>

Types == {"prepare", "promise", "accept", "accepted", "chosen", "entry", "reject"}
Empty == [s \in {} |-> 0]
Blank == [promised |-> 0, accepted |-> Empty, known |-> Empty,
          prefix |-> 0, learnt |-> 0, out |-> {}]

Init ==
  /\ queue   = [r \in Replica |-> <<Blank>>]
  /\ known   = [r \in Replica |-> Empty]
  /\ prefix  = [r \in Replica |-> 0]
  /\ learnt  = [r \in Replica |-> 0]
  /\ role    = [r \in Replica |-> "follower"]
  /\ applied = [r \in Replica |-> 0]
  /\ owner   = Empty
  /\ sent    = [t \in Types |-> {}]
-----------------------------------------------------------------------------
Max(S)     == CHOOSE x \in S : \A y \in S : y <= x
Min(S)     == CHOOSE x \in S : \A y \in S : x <= y
Disk(r)    == queue[r][1]
Mem(r)     == queue[r][Len(queue[r])]
Waiting(r) == Len(queue[r]) - 1
Up(r)      == role[r] # "down"

(* Ballot of the vote for slot s among the votes f; 0 if there is none.    *)
VotedAt(f, s) == IF s \in DOMAIN f THEN f[s].ballot ELSE 0
From(f, k)    == [s \in {x \in DOMAIN f : x >= k} |-> f[s]]

(* The configuration that governs slot s, and what counts as a quorum of   *)
(* it.  It is constant as long as no value changes it.                     *)
Members(s)     == Replica
IsQuorum(Q, s) == 2 * Cardinality(Q \cap Members(s)) > Cardinality(Members(s))
-----------------------------------------------------------------------------
(* Messages.  A Promise says all that its sender accepted in the slots     *)
(* asked for and not known to it, whatever the window.                     *)
Prepare(b, r, k)  == [type |-> "prepare", ballot |-> b, from |-> r, first |-> k]
Promise(b, r, k)  == [type |-> "promise", ballot |-> b, from |-> r, prefix |-> prefix[r],
                      accepted |-> From(Mem(r).accepted, Max({k, prefix[r] + 1}))]
Accept(b, s, v)   == [type |-> "accept", ballot |-> b, slot |-> s, value |-> v]
Accepted(b, s, r) == [type |-> "accepted", ballot |-> b, slot |-> s, from |-> r]
Chosen(b, n)      == [type |-> "chosen", ballot |-> b, upTo |-> n]
Entry(s, v, b)    == [type |-> "entry", slot |-> s, value |-> v, learnt |-> b]
Reject(b)         == [type |-> "reject", ballot |-> b]

With(M) == [t \in Types |-> LET N == {m \in M : m.type = t}
                            IN IF N = {} THEN sent[t] ELSE sent[t] \cup N]
Send(M) == queue' = queue /\ sent' = With(M)

(* A durable step of r to the state st: held rests on it, now does not.    *)
(* Its record carries what is known, so that a restart begins there.       *)
Step(r, st, now, held) ==
  /\ queue' = [queue EXCEPT ![r] = Append(@, [st EXCEPT !.known = known'[r],
                 !.prefix = prefix'[r], !.learnt = learnt'[r], !.out = held])]
  /\ sent' = With(now)

(* An answer given again rests on memory as it is: on the last waiting     *)
(* step, or on nothing.                                                    *)
Hold(r, M) ==
  IF Waiting(r) = 0 THEN Send(M)
  ELSE sent' = sent /\ queue' = [queue EXCEPT ![r][Len(queue[r])].out = @ \cup M]

Becomes(r, x) == role' = [role EXCEPT ![r] = x]

(* r saw ballot b: it campaigns and leads in no lower one.                 *)
Follows(r, b) ==
  Becomes(r, IF Up(r) /\ b > Mem(r).promised THEN "follower" ELSE role[r])
-----------------------------------------------------------------------------
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
  /\ IF b \in DOMAIN owner THEN owner[b] = r ELSE TRUE
  /\ owner' = (b :> r) @@ owner
  /\ Becomes(r, "candidate") /\ UNCHANGED memory
  /\ Step(r, [Mem(r) EXCEPT !.promised = b], {},
          {Prepare(b, r, prefix[r] + 1), Promise(b, r, prefix[r] + 1)})

(***************************************************************************)
(* WHO   An acceptor, on another replica's Prepare.                        *)
(* WHAT  new: it promises; repeat: it answers again; reject: it says what  *)
(*       it has promised.                                                  *)
(* SAFE  The promise freezes its votes below the ballot, and what the      *)
(*       Promise says is on the disk before it leaves, votes included.     *)
(* FROM  LogCabin talk: answer to overthrow; Paxos Made Simple, phase 1b.  *)
(***************************************************************************)
HandlePrepare(r, m) ==
  /\ Up(r) /\ m \in sent.prepare /\ m.from # r
  /\ Follows(r, m.ballot) /\ UNCHANGED <<memory, owner>>
  /\ IF m.ballot > Mem(r).promised
     THEN Step(r, [Mem(r) EXCEPT !.promised = m.ballot], {}, {Promise(m.ballot, r, m.first)})
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
  /\ IsQuorum({m.from : m \in P}, s)
BecomeLeader(r, P) ==
  /\ role[r] = "candidate" /\ Promises(r, prefix[r] + 1, P)
  /\ Becomes(r, "leader") /\ UNCHANGED <<queue, memory, owner, sent>>

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
     /\ UNCHANGED <<memory, role, owner>>
     /\ Step(r, [Mem(r) EXCEPT !.accepted = (s :> [ballot |-> b, value |-> v]) @@ @],
             {Accept(b, s, v)}, {Accepted(b, s, r)})

(***************************************************************************)
(* WHO   An acceptor, on the Accept of another replica's ballot.           *)
(* WHAT  new: it votes, which raises its promise; repeat: it answers       *)
(*       again; reject: it says what it has promised.                      *)
(* SAFE  It never votes below its promise, and a vote is on the disk       *)
(*       before Accepted leaves.                                           *)
(* FROM  LogCabin talk: store(epoch, slot, op); Paxos Made Simple, 2b.     *)
(***************************************************************************)
HandleAccept(r, m) ==
  /\ Up(r) /\ m \in sent.accept /\ owner[m.ballot] # r
  /\ Follows(r, m.ballot) /\ UNCHANGED <<memory, owner>>
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
  IN /\ role[r] = "leader" /\ s = prefix[r] + 1 /\ IsQuorum(Q, s)
     /\ \A a \in Q : Accepted(b, s, a) \in sent.accepted
     /\ known'  = [known EXCEPT ![r] = (s :> Mem(r).accepted[s].value) @@ @]
     /\ prefix' = [prefix EXCEPT ![r] = s]
     /\ learnt' = [learnt EXCEPT ![r] = Max({@, b})]
     /\ Send(Sayable(b, s, learnt'[r])) /\ UNCHANGED <<role, applied, owner>>

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
     /\ Send({Chosen(b, prefix[r])}) /\ UNCHANGED <<memory, role, owner>>

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
     /\ UNCHANGED <<queue, applied, owner, sent>>

(***************************************************************************)
(* WHO   Any replica that is up, asked by one that lacks slots.            *)
(* WHAT  It sends known values, with the highest ballot at which it learnt *)
(*       anything.                                                         *)
(* SAFE  Known values are chosen; no promise and no vote is spoken of.     *)
(* FROM  Paxos Made Live: catch-up; LogCabin talk: read(slot).             *)
(***************************************************************************)
SendEntries(r, first, last) ==
  /\ Up(r) /\ 1 <= first /\ first <= last /\ last <= prefix[r]
  /\ Send({Entry(s, known[r][s], learnt[r]) : s \in first .. last})
  /\ UNCHANGED <<memory, role, owner>>

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
     /\ Follows(r, learnt'[r]) /\ UNCHANGED <<applied, owner>>
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
  /\ Becomes(r, "follower") /\ UNCHANGED <<queue, memory, owner, sent>>

(***************************************************************************)
(* WHO   Any replica that is up.                                           *)
(* WHAT  Its state machine executes the next known slot.                   *)
(* SAFE  In order and without holes, so that all machines agree.           *)
(* FROM  LogCabin talk: the state machine advances over finalized slots.   *)
(***************************************************************************)
Apply(r, s) ==
  /\ Up(r) /\ s = applied[r] + 1 /\ s <= prefix[r]
  /\ applied' = [applied EXCEPT ![r] = s]
  /\ UNCHANGED <<queue, known, prefix, learnt, role, owner, sent>>
-----------------------------------------------------------------------------
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
  /\ UNCHANGED <<memory, role, owner>>

(***************************************************************************)
(* WHO   A replica stops, at any moment.                                   *)
(* WHAT  Of the waiting steps the first n turn out to be on its disk.      *)
(*       Their messages may have left; later steps and theirs are gone.    *)
(* SAFE  No message that left rests on a step that is gone.                *)
(* FROM  LogCabin talk: servers crash at any time and restart later.       *)
(***************************************************************************)
Crash(r, n) ==
  LET d == queue[r][n + 1]
  IN /\ Up(r) /\ n \in 0 .. Waiting(r)
     /\ queue'  = [queue EXCEPT ![r] = <<[d EXCEPT !.out = {}]>>]
     /\ known'  = [known EXCEPT ![r] = d.known]
     /\ prefix' = [prefix EXCEPT ![r] = d.prefix]
     /\ learnt' = [learnt EXCEPT ![r] = d.learnt]
     /\ sent'   = With(Outs(r, n))
     /\ Becomes(r, "down") /\ UNCHANGED <<applied, owner>>

(***************************************************************************)
(* WHO   A replica that was down.                                          *)
(* WHAT  It resumes from its disk as a follower and executes what it knows.*)
(* SAFE  It resumes no ballot: it does not remember what it proposed.      *)
(* FROM  Paxos Made Live: replay of the log.                               *)
(***************************************************************************)
Restart(r) ==
  /\ role[r] = "down" /\ Becomes(r, "follower")
  /\ applied' = [applied EXCEPT ![r] = prefix[r]]
  /\ UNCHANGED <<queue, known, prefix, learnt, owner, sent>>
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
SendsEntries(r)   == \E first, last \in 1 .. prefix[r] : SendEntries(r, first, last)
HandlesCatchUp(r) == \E M \in SUBSET sent.entry : HandleCatchUp(r, M)
HandlesReject(r)  == \E m \in sent.reject : HandleReject(r, m)
Applies(r)        == Apply(r, applied[r] + 1)
Persists(r)       == \E n \in 1 .. Waiting(r) : Persist(r, n)
Crashes(r)        == \E n \in 0 .. Waiting(r) : Crash(r, n)

Next == \E r \in Replica :
  \/ Campaigns(r)     \/ HandlesPrepare(r) \/ BecomesLeader(r) \/ Proposes(r)
  \/ HandlesAccept(r) \/ Chooses(r)        \/ Announce(r)      \/ HandlesChosen(r)
  \/ SendsEntries(r)  \/ HandlesCatchUp(r) \/ HandlesReject(r) \/ Applies(r)
  \/ Persists(r)      \/ Crashes(r)        \/ Restart(r)
Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
Voters(b, s) == {m.from : m \in {x \in sent.accepted : x.ballot = b /\ x.slot = s}}
TypeOK ==
  /\ \A r \in Replica : Disk(r).out = {} /\ prefix[r] \in Nat /\ learnt[r] \in Nat
       /\ applied[r] \in Nat /\ DOMAIN known[r] = 1 .. prefix[r]
       /\ role[r] \in {"follower", "candidate", "leader", "down"}
       /\ \A i \in 1 .. Len(queue[r]) : queue[r][i].promised \in Nat
            /\ DOMAIN queue[r][i].accepted \subseteq Slot
  /\ DOMAIN owner \subseteq Ballot /\ \A b \in DOMAIN owner : owner[b] \in Replica
Agreement        == \A r, q \in Replica : \A s \in DOMAIN known[r] \cap DOMAIN known[q] :
                      known[r][s] = known[q][s]
PrepareIsDurable == \A m \in sent.prepare  : Disk(m.from).promised >= m.ballot
PromiseIsDurable == \A m \in sent.promise  : Disk(m.from).promised >= m.ballot
VoteIsDurable    == \A m \in sent.accepted : VotedAt(Disk(m.from).accepted, m.slot) >= m.ballot
OneValue         == \A m, n \in sent.accept :
                      m.ballot = n.ballot /\ m.slot = n.slot => m.value = n.value
(* What was chosen at one ballot is what every higher ballot proposes.      *)
ChosenOnce       == \A m, n \in sent.accept : m.slot = n.slot /\ m.ballot < n.ballot
                      /\ IsQuorum(Voters(m.ballot, m.slot), m.slot) => m.value = n.value
KnownIsChosen    == \A r \in Replica : \A s \in DOMAIN known[r] : \E m \in sent.accept :
                      m.slot = s /\ m.value = known[r][s] /\ IsQuorum(Voters(m.ballot, s), s)
AppliedIsKnown   == \A r \in Replica : Up(r) => applied[r] <= prefix[r]
=============================================================================
