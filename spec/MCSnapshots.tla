---------------------------- MODULE MCSnapshots ----------------------------
(***************************************************************************)
(* Snapshots, cut logs and catch-up by a snapshot: late starts, since the  *)
(* questions begin where slots are chosen and executed.                    *)
(***************************************************************************)
EXTENDS MCPaxosReplica

CONSTANTS a, b, c, v, w, x
BirthA == {a}
AToB   == x :> {b}

Snapshotting(r) == Deciding(r) \/ Snapshots(r) \/ Installs(r)
SnapshotNext == \E r \in Replica : Snapshotting(r)
CrashNext    == \E r \in Replica : Snapshotting(r) \/ CrashHard(r) \/ Restart(r)
CatchUpNext  == \E r \in Replica :
  \/ Snapshots(r) \/ Installs(r) \/ SendsEntries(r) \/ HandlesCatchUp(r)
  \/ Applies(r)   \/ PersistOne(r) \/ CrashHard(r) \/ Restart(r)

(* r leads ballot 1 and with q chose v in slot 1 and w in slot 2; r knows   *)
(* and has executed both, as its disk says; the third knows nothing.       *)
ExecutedStart == \E r, q \in Replica, p, u \in Value :
  /\ r # q /\ p # u
  /\ LET k == (1 :> p) @@ (2 :> u)
         e == (1 :> Voted(1, p)) @@ (2 :> Voted(1, u))
     IN /\ queue = [m \in Replica |-> <<[Blank EXCEPT
              !.promised = IF m \in {r, q} THEN 1 ELSE 0,
              !.accepted = IF m \in {r, q} THEN e ELSE Empty,
              !.known    = IF m = r THEN k ELSE Empty,
              !.prefix   = IF m = r THEN 2 ELSE 0,
              !.learnt   = IF m = r THEN 1 ELSE 0]>>]
        /\ known = [m \in Replica |-> IF m = r THEN k ELSE Empty]
  /\ snapshot = [m \in Replica |-> BirthRecord]
  /\ Lease!Init
  /\ prefix   = [m \in Replica |-> IF m = r THEN 2 ELSE 0]
  /\ learnt   = [m \in Replica |-> IF m = r THEN 1 ELSE 0]
  /\ applied  = [m \in Replica |-> IF m = r THEN 2 ELSE 0]
  /\ role     = [m \in Replica |-> IF m = r THEN "leader" ELSE "follower"]
  /\ owner    = 1 :> r
  /\ sent     = [t \in Types |-> {m \in
       {Prepare(1, r, 1), Word(r, 1), Word(q, 1), Accept(1, 1, p),
        Accept(1, 2, u), Accepted(1, 1, r), Accepted(1, 1, q), Accepted(1, 2, r), Accepted(1, 2, q),
        Chosen(1, 1), Chosen(1, 2)} : m.type = t}]

(* a led ballot 1, with b chose v and w, knows both and has executed them,  *)
(* as its disk says; c owns and promised ballot 2, and refused a for it.    *)
Both == (1 :> v) @@ (2 :> w)
RefusedStart ==
  /\ queue = [m \in Replica |-> <<[Blank EXCEPT
       !.promised = IF m = c THEN 2 ELSE 1,
       !.accepted = IF m = c THEN Empty ELSE (1 :> Voted(1, v)) @@ (2 :> Voted(1, w)),
       !.known    = IF m = a THEN Both ELSE Empty,
       !.prefix   = IF m = a THEN 2 ELSE 0,
       !.learnt   = IF m = a THEN 1 ELSE 0]>>]
  /\ snapshot = [m \in Replica |-> BirthRecord]
  /\ Lease!Init
  /\ known    = [m \in Replica |-> IF m = a THEN Both ELSE Empty]
  /\ prefix   = [m \in Replica |-> IF m = a THEN 2 ELSE 0]
  /\ learnt   = [m \in Replica |-> IF m = a THEN 1 ELSE 0]
  /\ applied  = prefix
  /\ role     = [m \in Replica |-> IF m = a THEN "leader" ELSE "follower"]
  /\ owner    = (1 :> a) @@ (2 :> c)
  /\ sent     = [t \in Types |-> {m \in
       {Prepare(1, a, 1), Prepare(2, c, 1), Word(a, 1), Word(b, 1), Word(c, 2),
        Accept(1, 1, v), Accept(1, 2, w), Accepted(1, 1, a), Accepted(1, 1, b),
        Accepted(1, 2, a), Accepted(1, 2, b), Reject(2)} : m.type = t}]
RefusedNext == CatchUpNext \/ \E r \in Replica : HandlesReject(r)

(* a, which governed alone, led ballot 1 and chose x in slot 1, which makes *)
(* b govern from slot 2 on.                                                *)
ConfigStart ==
  /\ queue = [m \in Replica |-> <<IF m = a
       THEN [Blank EXCEPT !.promised = 1, !.accepted = 1 :> Voted(1, x),
                          !.known = 1 :> x, !.prefix = 1, !.learnt = 1] ELSE Blank>>]
  /\ snapshot = [m \in Replica |-> BirthRecord]
  /\ Lease!Init
  /\ known    = [m \in Replica |-> IF m = a THEN 1 :> x ELSE Empty]
  /\ prefix   = [m \in Replica |-> IF m = a THEN 1 ELSE 0]
  /\ learnt   = prefix
  /\ applied  = prefix
  /\ role     = [m \in Replica |-> IF m = a THEN "leader" ELSE "follower"]
  /\ owner    = 1 :> a
  /\ sent     = [t \in Types |-> {m \in {Prepare(1, a, 1), Word(a, 1), Accept(1, 1, x),
                  Accepted(1, 1, a), Chosen(1, 1)} : m.type = t}]
ConfigNext == \E r \in Replica : Snapshotting(r) \/ Chooses(r)

TwoLeaders      == ~NeverTwoLeaders
(* A replica has a snapshot of more slots than it ever voted in.           *)
Fetched         == \E r \in Replica : \E s \in 1 .. snapshot[r].upTo :
                     \A m \in sent.accepted : m.from # r \/ m.slot # s
SnapshotReaches == Reached(1, "TwoLeaders", TwoLeaders) /\ Reached(2, "Fetched", Fetched)
Changed         == \E s \in DOMAIN TheChosen : TheChosen[s] \in DOMAIN Membership
ChangeReaches   == Reached(1, "TwoLeaders", TwoLeaders) /\ Reached(2, "Changed", Changed)
CatchUpReaches  == Reached(2, "Fetched", Fetched)
=============================================================================
