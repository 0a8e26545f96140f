--------------------------- MODULE DamagedEntries ---------------------------
(***************************************************************************)
(* Multi-Paxos on disks that rot.  A disk is a log of records, each with   *)
(* the promise in force when it was written.  What a replica answers is    *)
(* what it can read there, so an answer is a fact of its own: the same     *)
(* question gets another answer when a record is damaged in between.       *)
(*                                                                         *)
(* A ballot stands for its owner.  Promises, proposals and votes that left *)
(* only grow.  Beside the ladder: it refines ReplicatedLog.                *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS Replica, Slot, Ballot, Value    \* Slot, Ballot: positive numbers

VARIABLES
  log,       \* [Replica -> Seq(record)]: the disk, oldest record first
  synced,    \* [Replica -> Nat]: the records up to here are synced
  mark,      \* [Replica -> Nat]: the same, as the disk itself says it; kept
             \* apart from the records and in copies, it lags by one sync
  status,    \* [Replica -> up | down | lost]
  known,     \* [Replica -> function from the slots it knows to values]
  proposal,  \* function from <<ballot, slot>> to the value proposed there
  said,      \* set of promises that have left
  cast       \* [Replica -> set of <<ballot, slot>>]: votes that have left

disk == <<log, synced, mark, cast>>
vars == <<log, synced, mark, status, known, proposal, said, cast>>

Empty == [s \in {} |-> 0]
Init ==
  /\ log      = [r \in Replica |-> <<>>]
  /\ synced   = [r \in Replica |-> 0]
  /\ mark     = [r \in Replica |-> 0]
  /\ status   = [r \in Replica |-> "up"]
  /\ known    = [r \in Replica |-> Empty]
  /\ proposal = Empty
  /\ said     = {}
  /\ cast     = [r \in Replica |-> {}]

Max(S)         == CHOOSE x \in S : \A y \in S : y <= x
Members(s)     == Replica
IsQuorum(Q, s) == 2 * Cardinality(Q \cap Members(s)) > Cardinality(Members(s))

(* A slot is chosen when a quorum voted for the same ballot and slot.      *)
ChosenAt(b, s) == IsQuorum({a \in Replica : <<b, s>> \in cast[a]}, s)
ChosenIn(s)    == {b \in Ballot : ChosenAt(b, s)}
ValueOf(s)     == proposal[<<CHOOSE b \in ChosenIn(s) : TRUE, s>>]
-----------------------------------------------------------------------------
(* Records.  A vote has a slot and a ballot; a known entry has a slot and  *)
(* ballot 0; a promise has slot 0.  Of a damaged record the slot is left   *)
(* ("body") or nothing ("whole").                                          *)
Record(b, s, c, v, K) == [promised |-> b, slot |-> s, ballot |-> c,
                          value |-> v, known |-> K, state |-> "good"]
Wreck(m, how) == [Record(0, IF how = "body" THEN m.slot ELSE 0, 0, 0, {})
                    EXCEPT !.state = how]
Good(L)       == {i \in DOMAIN L : L[i].state = "good"}
Last(S)       == Max(S \cup {0})

(* Where an unreadable end begins.                                         *)
TailAt(L)     == Last(Good(L)) + 1
Newest(r)     == log[r][Last(Good(log[r]))]
Promised(r)   == IF Good(log[r]) = {} THEN 0 ELSE Newest(r).promised
Carried(r)    == IF Good(log[r]) = {} THEN {} ELSE Newest(r).known

(* A record damaged after place i may have been for slot s.                *)
Obscured(L, i, s) == \E j \in i + 1 .. Len(L) :
                       \/ L[j].state = "whole"
                       \/ L[j].state = "body" /\ L[j].slot = s
VoteIn(L, s)  == Last({i \in Good(L) : L[i].slot = s /\ L[i].ballot > 0})
VoteAt(r, s)  == IF VoteIn(log[r], s) = 0 THEN 0
                 ELSE log[r][VoteIn(log[r], s)].ballot
Faulty(r, s)  == Obscured(log[r], VoteIn(log[r], s), s)

(* Where a slot known to be chosen has its value: a known entry, or the    *)
(* last vote from before it was known.  A vote cast afterwards may be one  *)
(* of a lower ballot, for another value.                                   *)
EntryIn(L, s) == Last({i \in Good(L) : /\ L[i].slot = s
                                       /\ L[i].ballot = 0 \/ s \notin L[i].known})
CanRead(L, s) == EntryIn(L, s) > 0 /\ ~Obscured(L, EntryIn(L, s), s)

Vote(k)     == Record(k[1], k[2], k[1], proposal[k], {})
Votes(L)    == {<<L[i].ballot, L[i].slot>> :
                i \in {x \in Good(L) : L[x].ballot > 0}}
Says(r, m)  == [m EXCEPT !.known = Carried(r) \cup DOMAIN known'[r]]
Write(r, m) ==
  /\ log' = [log EXCEPT ![r] = Append(@, Says(r, m))]
  /\ UNCHANGED <<synced, mark, cast>>
-----------------------------------------------------------------------------
(***************************************************************************)
(* WHO   An acceptor, on the Prepare of ballot b; the owner, on its own.   *)
(* WHAT  It promises b.  The record waits for a sync.                      *)
(* SAFE  Each record carries the promise in force, so that the last one    *)
(*       that can be read tells it, whatever is damaged before.            *)
(* FROM  LogCabin talk: answer to overthrow; Paxos Made Simple, phase 1b.  *)
(***************************************************************************)
HandlePrepare(r, b) ==
  /\ b > Promised(r)
  /\ UNCHANGED <<status, known, proposal, said>>
  /\ Write(r, Record(b, 0, 0, 0, {}))

(***************************************************************************)
(* WHO   An acceptor that has promised b.                                  *)
(* WHAT  It says so, for the first time or again, with each vote that it   *)
(*       can read, and names the slots in which it may have lost a later   *)
(*       one.                                                              *)
(* SAFE  What it says is synced.  It speaks for all slots but the faulty   *)
(*       ones: below b it votes in none, and of no vote there it is silent.*)
(* FROM  Protocol-Aware Recovery: a damaged entry is told from an absent   *)
(*       one.  Paxos Made Live takes the whole replica out instead.        *)
(***************************************************************************)
Promise(r, b) == [from |-> r, ballot |-> b,
               votes  |-> [s \in {x \in Slot : VoteAt(r, x) > 0} |->
                             VoteAt(r, s)],
               faulty |-> {s \in Slot : Faulty(r, s)}]
SendPromise(r, b) ==
  /\ b = Promised(r)
  /\ synced[r] = Len(log[r])
  /\ said' = said \cup {Promise(r, b)}
  /\ UNCHANGED <<disk, status, known, proposal>>

(***************************************************************************)
(* WHO   The owner of b, on promises P of b.                               *)
(* WHAT  It proposes one value for a slot: that of the highest ballot in   *)
(*       P, free if there is none.                                         *)
(* SAFE  P comes from a quorum that all answered the slot readably.  If a  *)
(*       value was or will be chosen below b, some sender in P says so.    *)
(*       With too few such answers the slot waits; no value is made up.    *)
(* FROM  Paxos Made Simple, P2c.  A quorum per slot instead of per replica *)
(*       is finer than Paxos Made Live's non-voting replica.               *)
(***************************************************************************)
Reported(m, s) == IF s \in DOMAIN m.votes THEN m.votes[s] ELSE 0
Propose(b, s, v, P) ==
  LET best == Max({0} \cup {Reported(m, s) : m \in P})
  IN /\ <<b, s>> \notin DOMAIN proposal
     /\ \A m \in P : s \notin m.faulty
     /\ IsQuorum({m.from : m \in P}, s)
     /\ IF best = 0 THEN TRUE ELSE v = proposal[<<best, s>>]
     /\ proposal' = (<<b, s>> :> v) @@ proposal
     /\ UNCHANGED <<disk, status, known, said>>

(***************************************************************************)
(* WHO   An acceptor, on an Accept k = <<b, s>>.                           *)
(* WHAT  It votes, which raises its promise.  An entry of the slot that    *)
(*       was damaged before is healed: this vote is the later one.         *)
(* SAFE  It never votes below its promise.  The vote leaves when synced.   *)
(* FROM  LogCabin talk: store(epoch, slot, op); Paxos Made Simple, 2b.     *)
(***************************************************************************)
HandleAccept(r, k) ==
  /\ k[1] >= Promised(r)
  /\ UNCHANGED <<status, known, proposal, said>>
  /\ Write(r, Vote(k))

(***************************************************************************)
(* WHO   The disk of a replica: a sync has come back.                      *)
(* WHAT  All that was written is on the disk, and its votes leave.  The    *)
(*       mark says how far the sync before this one came; a sync of        *)
(*       nothing, as a clean stop or a heartbeat makes one, brings it on.  *)
(* SAFE  The mark never goes beyond what is synced: above it the end of a  *)
(*       log may be cut, below it a damaged record was once whole.         *)
(* FROM  Protocol-Aware Recovery: a persisted marker tells a crash from    *)
(*       rot, except for the last write.                                   *)
(***************************************************************************)
Sync(r) ==
  /\ synced' = [synced EXCEPT ![r] = Len(log[r])]
  /\ mark'   = [mark EXCEPT ![r] = synced[r]]
  /\ cast'   = [cast EXCEPT ![r] = @ \cup Votes(log[r])]
  /\ UNCHANGED <<log, status, known, proposal, said>>

(***************************************************************************)
(* WHO   A replica stops, at any moment.                                   *)
(* WHAT  Of the records that were not synced any set T is torn.  Votes in  *)
(*       the others may have left, or leave after the restart.             *)
(* SAFE  Nothing that left rests on a torn record.  What is known is in    *)
(*       memory and comes back as far as the records carry it.             *)
(* FROM  LogCabin talk: servers crash at any time; writes reach a disk in  *)
(*       any order until they are synced.                                  *)
(***************************************************************************)
Crash(r, T) ==
  LET L == [i \in DOMAIN log[r] |->
              IF i \in T THEN Wreck(log[r][i], "whole") ELSE log[r][i]]
  IN /\ log'    = [log EXCEPT ![r] = L]
     /\ cast'   = [cast EXCEPT ![r] = @ \cup Votes(L)]
     /\ status' = [status EXCEPT ![r] = "down"]
     /\ known'  = [known EXCEPT ![r] = Empty]
     /\ UNCHANGED <<synced, mark, proposal, said>>

(***************************************************************************)
(* WHO   The disk of a replica.                                            *)
(* WHAT  Record i cannot be read any more.  It is one below the mark: rot  *)
(*       in the last group of records before a crash is a stated limit.    *)
(*       A running replica has its promise in memory, and what it writes   *)
(*       next carries it, so its last record may as well rot later.        *)
(* SAFE  Answers that have left stay true.                                 *)
(* FROM  Paxos Made Live: disks become corrupted; docs of the project, F4  *)
(*       to F6.                                                            *)
(***************************************************************************)
Damage(r, i, how) ==
  /\ i <= mark[r]
  /\ status[r] = "down" \/ \E j \in Good(log[r]) : j > i
  /\ log' = [log EXCEPT ![r][i] = Wreck(@, how)]
  /\ UNCHANGED <<synced, mark, cast, status, known, proposal, said>>

(***************************************************************************)
(* WHO   A replica that was down and reads its log.                        *)
(* WHAT  An unreadable end above the mark is cut.  One that begins at or   *)
(*       below the mark is rot and may hide a promise: the member is lost, *)
(*       answers nothing for ever, and a new identity takes its place.     *)
(*       Else it goes on; known values that it can read it knows again.    *)
(* SAFE  What is cut was never synced.  In front of a readable record no   *)
(*       promise can hide, since that record carries the highest.          *)
(* FROM  Paxos Made Live: replay, checksums, corrupted disks; departs from *)
(*       "truncate at the first bad checksum" of ZooKeeper and LogCabin.   *)
(***************************************************************************)
Resume(r, L) ==
  /\ log'    = [log EXCEPT ![r] = L]
  /\ synced' = [synced EXCEPT ![r] = Len(L)]
  /\ mark'   = [mark EXCEPT ![r] = Len(L)]
  /\ status' = [status EXCEPT ![r] = "up"]
  /\ known'  = [known EXCEPT ![r] =
                   [s \in {x \in Carried(r) : CanRead(L, x)} |->
                      L[EntryIn(L, s)].value]]
Restart(r) ==
  /\ UNCHANGED <<cast, proposal, said>>
  /\ IF TailAt(log[r]) <= mark[r]
     THEN /\ status' = [status EXCEPT ![r] = "lost"]
          /\ UNCHANGED <<log, synced, mark, known>>
     ELSE Resume(r, SubSeq(log[r], 1, TailAt(log[r]) - 1))

(***************************************************************************)
(* WHO   A replica that holds a vote for the chosen ballot b of a slot.    *)
(* WHAT  It knows the value.  Its next record says that the slot is known. *)
(* SAFE  The chosen (ballot, slot) is the very one that it holds.          *)
(* FROM  LogCabin talk: "if slot has (epoch, op), mark as finalized".      *)
(***************************************************************************)
Learn(r, s, b) ==
  /\ ChosenAt(b, s)
  /\ VoteAt(r, s) = b
  /\ known' = [known EXCEPT ![r] =
                 (s :> log[r][VoteIn(log[r], s)].value) @@ @]
  /\ UNCHANGED <<disk, status, proposal, said>>

(***************************************************************************)
(* WHO   A replica without the value of a slot, and a peer q that knows it.*)
(* WHAT  It takes the value, and writes it as a known entry, not as a vote.*)
(* SAFE  A known value is chosen.  A damaged vote stays damaged: the slot  *)
(*       stays faulty in its promises until it votes there again.          *)
(* FROM  Protocol-Aware Recovery: repair from peers what is committed;     *)
(*       Paxos Made Live: catch-up.                                        *)
(***************************************************************************)
Refetch(r, s, q) ==
  /\ s \in DOMAIN known[q]
  /\ known' = [known EXCEPT ![r] = (s :> known[q][s]) @@ @]
  /\ Write(r, Record(Promised(r), s, 0, known[q][s], {}))
  /\ UNCHANGED <<status, proposal, said>>
-----------------------------------------------------------------------------
(* Only who is up acts, and only who is down restarts.                      *)
In(x)             == {r \in Replica : status[r] = x}
Unsynced(r)       == synced[r] + 1 .. Len(log[r])
IsUp(r)           == status[r] = "up"
HandlesPrepare(r) == IsUp(r) /\ \E b \in Ballot : HandlePrepare(r, b)
SendsPromise(r)   == IsUp(r) /\ \E b \in Ballot : SendPromise(r, b)
Proposes          == \E b \in Ballot, s \in Slot, v \in Value :
                       \E P \in SUBSET {m \in said : m.ballot = b} :
                         Propose(b, s, v, P)
Open(r)           == {k \in DOMAIN proposal : VoteAt(r, k[2]) # k[1]}
HandlesAccept(r)  == IsUp(r) /\ \E k \in Open(r) : HandleAccept(r, k)
Syncs(r)          == IsUp(r) /\ Sync(r)
Crashes(r)        == IsUp(r) /\ \E T \in SUBSET Unsynced(r) : Crash(r, T)
Rots(r)           == status[r] # "lost" /\ \E i \in Good(log[r]) :
                       \E how \in {"body", "whole"} : Damage(r, i, how)
Lacks(r)          == Slot \ DOMAIN known[r]
Learns(r)         == IsUp(r) /\ \E s \in Lacks(r), b \in Ballot : Learn(r, s, b)
Refetches(r)      == IsUp(r) /\ \E s \in Lacks(r), q \in In("up") : Refetch(r, s, q)
Restarts(r)       == status[r] = "down" /\ Restart(r)

Next ==
  \/ Proposes
  \/ \E r \in Replica :
       \/ HandlesPrepare(r) \/ SendsPromise(r) \/ HandlesAccept(r) \/ Syncs(r)
       \/ Learns(r)         \/ Refetches(r)    \/ Crashes(r)
       \/ Rots(r)           \/ Restarts(r)
Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
TypeOK ==
  /\ DOMAIN proposal \subseteq Ballot \X Slot
  /\ \A r \in Replica :
       /\ status[r] \in {"up", "down", "lost"}
       /\ DOMAIN known[r] \subseteq Slot
       /\ mark[r] <= synced[r] /\ synced[r] <= Len(log[r])
       /\ cast[r] \subseteq DOMAIN proposal
       /\ status[r] = "up" => Last(Good(log[r])) = Len(log[r])
(* Who is not up says and writes nothing; what it synced may rot.  Who is   *)
(* lost stays lost.  Who stays up forgets nothing that it knew.             *)
OnlyUpActs == [][
  /\ \A m \in said' \ said : status[m.from] = "up"
  /\ \A r \in Replica :
       /\ status[r] # "up" /\ status'[r] # "up" =>
            /\ synced'[r] = synced[r] /\ mark'[r] = mark[r]
            /\ known'[r] = known[r]   /\ cast'[r] = cast[r]
            /\ Len(log'[r]) = Len(log[r])
            /\ \A i \in mark[r] + 1 .. Len(log[r]) : log'[r][i] = log[r][i]
       /\ status[r] = "lost" => status'[r] = "lost"
       /\ status[r] = "up" /\ status'[r] = "up" =>
            mark'[r] <= synced[r] /\ DOMAIN known[r] \subseteq DOMAIN known'[r]]_vars
Agreement == \A r, q \in Replica :
  \A s \in DOMAIN known[r] \cap DOMAIN known[q] : known[r][s] = known[q][s]
KnownIsChosen == \A r \in Replica : \A s \in DOMAIN known[r] :
                   \E b \in ChosenIn(s) : proposal[<<b, s>>] = known[r][s]
(* What was chosen at one ballot is what every higher ballot proposes: the *)
(* slot goes on with it or waits, and no other value is made up.           *)
ChosenOnce == \A k, l \in DOMAIN proposal :
  k[2] = l[2] /\ k[1] < l[1] /\ ChosenAt(k[1], k[2])
    => proposal[k] = proposal[l]
(* What was chosen can be read somewhere.  It holds as long as a minority  *)
(* of the copies of each slot is damaged.                                  *)
Readable(r, s, v) ==
  \E i \in Good(log[r]) : /\ log[r][i].slot = s /\ log[r][i].value = v
                           /\ ~Obscured(log[r], i, s)
Durability == \A s \in Slot : ChosenIn(s) # {} =>
  \E r \in In("up") \cup In("down") : Readable(r, s, ValueOf(s))
-----------------------------------------------------------------------------
(* Refinement: votes decide slots. *)
Log == INSTANCE ReplicatedLog WITH
         chosen <- [s \in {x \in Slot : ChosenIn(x) # {}} |-> ValueOf(s)]
RefinesReplicatedLog == Log!Spec
=============================================================================
