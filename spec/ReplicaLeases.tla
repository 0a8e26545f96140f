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

(***************************************************************************)
(* WHO   Any replica that is up, and its clock, which goes on when it is   *)
(*       down.                                                             *)
(* WHAT  The steps of Leases.                                              *)
(* SAFE  See Leases; none of them touches the log.                         *)
(* FROM  See Leases.                                                       *)
(***************************************************************************)
TheLog == <<queue, snapshot, memory, role, owner, sent>>
Tick(r)             == Lease!Tick(r) /\ UNCHANGED TheLog
AskLease(r)         == Up(r) /\ Lease!AskLease(r) /\ UNCHANGED TheLog
GrantLease(r, m)    == Up(r) /\ Lease!GrantLease(r, m) /\ UNCHANGED TheLog
ReleaseLease(r)     == Up(r) /\ Lease!ReleaseLease(r) /\ UNCHANGED TheLog
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
