-------------------------- MODULE MCReplicaLeases --------------------------
(***************************************************************************)
(* Leases on the replicas: a late start, since the question begins where   *)
(* somebody leads.  Time is bounded here; LeasedLog has it unbounded.      *)
(***************************************************************************)
EXTENDS MCPaxosReplica

CONSTANTS a, b, c, v, w, MaxClock
Early == \A r \in Replica : clock[r] <= MaxClock

(* a leads ballot 1 on the promises of a and b.                            *)
LeaseStart ==
  /\ queue    = [m \in Replica |-> <<[Blank EXCEPT !.promised = IF m = c THEN 0 ELSE 1]>>]
  /\ snapshot = [m \in Replica |-> BirthRecord]
  /\ known    = [m \in Replica |-> Empty]
  /\ prefix   = [m \in Replica |-> 0]
  /\ learnt   = prefix
  /\ applied  = prefix
  /\ role     = [m \in Replica |-> IF m = a THEN "leader" ELSE "follower"]
  /\ owner    = 1 :> a
  /\ sent     = [t \in Types |-> {m \in {Prepare(1, a, 1), Word(a, 1), Word(b, 1)} : m.type = t}]
  /\ Lease!Init

(* Only c campaigns and b forgets; a asks once, and nobody proposes before *)
(* ballot 2.                                                               *)
Rest ==
  \/ Campaigns(c) \/ BecomesLeader(c) \/ Grants(a) \/ Grants(b)
  \/ CrashHard(b) \/ Restart(b) \/ ReadsLocally(a) \/ ReleaseLease(a) \/ HandlesRelease(b)
  \/ Proposes(c) \/ AcceptNew(b) \/ Chooses(c)
  \/ \E r \in Replica : Tick(r) \/ PrepareNew(r) \/ PersistOne(r)
StillNext   == AskLease(a) \/ Rest
RestartNext == (clock[a] = 0 /\ AskLease(a)) \/ Rest

LeaseReaches == /\ Reached(1, "TwoLeaders", ~NeverTwoLeaders)
                /\ Reached(2, "LeasedRead", Readers # {})
=============================================================================
