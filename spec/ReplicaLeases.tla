--------------------------- MODULE ReplicaLeases ---------------------------
(***************************************************************************)
(* Master leases on the log of PaxosReplica: what Leases reads of it, and  *)
(* who may answer a read from its own state.                               *)
(***************************************************************************)
EXTENDS ReplicaState

(* A promise in memory that waits for its sync gives the one on the disk   *)
(* up already, so there is none to grant for.                              *)
SettledPromise(r) == IF Mem(r).promised = Disk(r).promised THEN Disk(r).promised ELSE 0
Leading(r)        == IF role[r] = "leader" THEN Mem(r).promised ELSE 0

(* The configurations of the slots above what r has executed, and those    *)
(* that it proposed itself.                                                *)
Proposed(r)  == {v \in DOMAIN Membership : \E s \in DOMAIN Mem(r).accepted :
                   s > prefix[r] /\ Mem(r).accepted[s] = [ballot |-> Leading(r), value |-> v]}
Governing(r) == {Configuration(r, s) : s \in applied[r] + 1 .. prefix[r] + Alpha}
                \cup {Membership[v] : v \in Proposed(r)}

Lease == INSTANCE Leases WITH
           promised  <- [r \in Replica |-> SettledPromise(r)],
           leads     <- [r \in Replica |-> Leading(r)],
           governing <- [r \in Replica |-> Governing(r)]
Init  == LogInit /\ Lease!Init

TheLog == <<queue, snapshot, memory, role, owner, sent>>

(***************************************************************************)
(* WHO   The clock of any replica, up or down.                             *)
(* WHAT  It moves on.                                                      *)
(* SAFE  Two clocks are never more than Eps apart; nothing else compares   *)
(*       them.                                                             *)
(* FROM  Leases.                                                           *)
(***************************************************************************)
Tick(r)             == Lease!Tick(r) /\ UNCHANGED TheLog

(***************************************************************************)
(* WHO   A leader, for the first time or to renew.                         *)
(* WHAT  It asks all for a grant of its ballot; the request says when it   *)
(*       left, on its own clock.                                           *)
(* SAFE  The ballot is durable, since it leads in it.                      *)
(* FROM  Paxos Made Live: the master renews its lease.                     *)
(***************************************************************************)
AskLease(r)         == Lease!AskLease(r) /\ UNCHANGED TheLog

(***************************************************************************)
(* WHO   An acceptor that is up, on request m, however late.               *)
(* WHAT  It grants, and promises no other member for a Term of its clock.  *)
(* SAFE  Its promise is that ballot, on the disk and in memory; so the     *)
(*       grant may leave at once.                                          *)
(* FROM  Paxos Made Live, master leases.                                   *)
(***************************************************************************)
GrantLease(r, m)    == Up(r) /\ Lease!GrantLease(r, m) /\ UNCHANGED TheLog

(***************************************************************************)
(* WHO   A leader that hands its mastership over.                          *)
(* WHAT  It reads no more in its ballot, for good, and says so.            *)
(* SAFE  Higher ballots of the same member are not meant.                  *)
(* FROM  Ours; see Leases.                                                 *)
(***************************************************************************)
ReleaseLease(r)     == Lease!ReleaseLease(r) /\ UNCHANGED TheLog

(***************************************************************************)
(* WHO   An acceptor that is up, on the Release of ballot b, late or       *)
(*       doubled.                                                          *)
(* WHAT  It drops its grant of that ballot.                                *)
(* SAFE  A grant of another ballot stays.                                  *)
(* FROM  Ours; see Leases.                                                 *)
(***************************************************************************)
HandleRelease(r, b) == Up(r) /\ Lease!HandleRelease(r, b) /\ UNCHANGED TheLog

(***************************************************************************)
(* WHO   The master, given the promises P that it counted.                 *)
(* WHAT  It answers a read from its own state, which stays as it is.       *)
(* SAFE  While it holds the lease nobody is elected above it, under any    *)
(*       configuration that governs a slot it has not executed.  What was  *)
(*       chosen below its ballot P reports, and it has executed that (the  *)
(*       read barrier).                                                    *)
(* FROM  Paxos Made Live, master leases; the barrier is ours.              *)
(***************************************************************************)
Barrier(P)  == Max({0} \cup UNION {{m.prefix} \cup DOMAIN m.accepted : m \in P})
MayRead(r, P) ==
  /\ Lease!HoldsLease(r)
  /\ \A m \in P : m.ballot = Leading(r)
  /\ \A C \in Governing(r) : IsQuorum({m.from : m \in P}, C)
  /\ Barrier(P) <= applied[r]
ReadLocally(r, P) == P \subseteq sent.promise /\ MayRead(r, P) /\ UNCHANGED vars
=============================================================================
