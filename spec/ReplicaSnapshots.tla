-------------------------- MODULE ReplicaSnapshots --------------------------
(***************************************************************************)
(* Snapshots, which let the log be cut, and catch-up by one.               *)
(***************************************************************************)
EXTENDS ReplicaState

(* What the log keeps once a snapshot covers the slots up to n.            *)
Cut(q, n) == SubSeq([i \in 1 .. Len(q) |->
               [q[i] EXCEPT !.accepted = From(@, n + 1), !.known = From(@, n + 1)]], 1, Len(q))
File(m)   == [upTo |-> m.upTo, state |-> m.state, inForce |-> m.inForce, learnt |-> m.learnt]

(***************************************************************************)
(* WHO   Any replica that is up, once a snapshot that it began when it had *)
(*       executed n slots lies on the disk under its name.                 *)
(* WHAT  The log up to n goes.  From now on others may fetch the snapshot, *)
(*       from it or from wherever it is copied to.                         *)
(* SAFE  A slot in a snapshot is chosen, and its Promises report it as     *)
(*       known.  One that is done late and covers less than another is     *)
(*       dropped.  The handle says who governs the next Alpha slots, since *)
(*       the entries that say so go with the log.                          *)
(* FROM  Paxos Made Live, snapshots: the handle.                           *)
(***************************************************************************)
TakeSnapshot(r, n) ==
  /\ Up(r) /\ snapshot[r].upTo < n /\ n <= applied[r]
  /\ snapshot' = [snapshot EXCEPT ![r] = File(Snapshot(r, n))]
  /\ queue'    = [queue EXCEPT ![r] = Cut(@, n)]
  /\ known'    = [known EXCEPT ![r] = From(@, n + 1)]
  /\ sent'     = With({Snapshot(r, n)})
  /\ UNCHANGED <<prefix, learnt, role, applied, owner, leases>>

(***************************************************************************)
(* WHO   Any replica that is up, with all of a snapshot that covers more   *)
(*       than it knows, once it lies on its disk under its name.           *)
(* WHAT  It takes the state over and begins after it.                      *)
(* SAFE  Its promise stays, and so do its votes above the snapshot.  A     *)
(*       leader that learnt above its own ballot follows.                  *)
(* FROM  Paxos Made Live, snapshots: catch-up by a snapshot.               *)
(***************************************************************************)
InstallSnapshot(r, m) ==
  /\ Up(r) /\ m \in sent.snapshot /\ m.upTo > prefix[r]
  /\ snapshot' = [snapshot EXCEPT ![r] = File(m)]
  /\ queue'    = [queue EXCEPT ![r] = Cut(@, m.upTo)]
  /\ known'    = [known EXCEPT ![r] = Empty]
  /\ prefix'   = [prefix EXCEPT ![r] = m.upTo]
  /\ learnt'   = [learnt EXCEPT ![r] = Max({@, m.learnt})]
  /\ applied'  = [applied EXCEPT ![r] = m.upTo]
  /\ Follows(r, learnt'[r]) /\ UNCHANGED <<owner, sent, leases>>
=============================================================================
