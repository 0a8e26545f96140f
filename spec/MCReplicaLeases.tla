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

(* a wrote slot 1 in ballot 1 with the vote of b; c leads ballot 2 on the   *)
(* promises of b and c, of which b reports the slot.                        *)
Old == 1 :> [ballot |-> 1, value |-> v]
WrittenStart ==
  /\ queue    = [m \in Replica |-> <<[Blank EXCEPT
       !.promised = IF m = a THEN 1 ELSE 2, !.accepted = IF m = c THEN Empty ELSE Old]>>]
  /\ snapshot = [m \in Replica |-> BirthRecord]
  /\ known    = [m \in Replica |-> IF m = a THEN 1 :> v ELSE Empty]
  /\ prefix   = [m \in Replica |-> IF m = a THEN 1 ELSE 0]
  /\ learnt   = prefix
  /\ applied  = [m \in Replica |-> 0]
  /\ role     = [m \in Replica |-> IF m = b THEN "follower" ELSE "leader"]
  /\ owner    = (1 :> a) @@ (2 :> c)
  /\ sent     = [t \in Types |-> {m \in {Prepare(1, a, 1), Prepare(2, c, 1), Word(a, 1),
                  Word(b, 1), Word(c, 2), [Word(b, 2) EXCEPT !.accepted = Old],
                  Accept(1, 1, v), Accepted(1, 1, a), Accepted(1, 1, b)} : m.type = t}]
  /\ Lease!Init
WrittenNext == AskLease(c) \/ Grants(b) \/ Grants(c) \/ Proposes(c) \/ AcceptNew(b)
                 \/ PersistOne(c) \/ Chooses(c) \/ Applies(c) \/ ReadsLocally(c)

LeaseReaches == /\ Reached(1, "TwoLeaders", ~NeverTwoLeaders)
                /\ Reached(2, "LeasedRead", Readers # {})
=============================================================================
