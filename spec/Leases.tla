------------------------------- MODULE Leases -------------------------------
(***************************************************************************)
(* The master lease.  An acceptor that grants it promises no other member  *)
(* for a while, on its own clock; a leader with grants of a quorum knows   *)
(* for a shorter while, on its own clock, that nobody was elected.         *)
(*                                                                         *)
(* A component: it owns the first six variables and primes only those.     *)
(* What it reads of the log is declared below them; whoever composes it    *)
(* with a log substitutes expressions, and conjoins MayPromise to every    *)
(* promise that answers a Prepare, the candidate's own included.  Clocks   *)
(* are read by their owner alone; only Tick compares them.                 *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
  Replica,   \* the members that exist
  Term,      \* how long a grant binds its acceptor
  Eps        \* how far the clocks of two members may be apart

VARIABLES
  clock,     \* [Replica -> Nat], monotonic
  lent,      \* [Replica -> [ballot, until]], its latest grant       memory
  quiet,     \* [Replica -> Nat]: it promises nobody before that     memory
  asks,      \* set of requests that have left: [ballot, at], at is when
  grants,    \* set of grants that have left: [from, ballot, at]
  released   \* set of ballots whose Release has left

VARIABLES    \* of the log
  promised,  \* [Replica -> Nat]: durable promise; 0 while a higher one waits
             \* for its sync
  owner,     \* function from the ballots in use to their members
  leads,     \* [Replica -> Nat]: the ballot in which it leads; 0 is none
  governing  \* [Replica -> set of configurations that govern slots above its
             \* applied prefix, those that it proposed itself included]

Nothing == [ballot |-> 0, until |-> 0]

Init ==
  /\ clock    = [r \in Replica |-> 0]
  /\ lent     = [r \in Replica |-> Nothing]
  /\ quiet    = [r \in Replica |-> 0]
  /\ asks     = {}
  /\ grants   = {}
  /\ released = {}

IsQuorum(Q, C) == 2 * Cardinality(Q \cap C) > Cardinality(C)
-----------------------------------------------------------------------------
(***************************************************************************)
(* WHO   The clock of any replica.                                         *)
(* WHAT  It moves on.                                                      *)
(* SAFE  Two clocks are never more than Eps apart: the one assumption on   *)
(*       time.  Real clocks have no common origin and a bounded rate       *)
(*       instead; what counts is that 2 * Eps bounds how much longer the   *)
(*       holder's Term can last than an acceptor's.                        *)
(* FROM  Paxos Made Live, master leases; the margin is not told there.     *)
(***************************************************************************)
Tick(r) ==
  /\ \A q \in Replica : clock[r] < clock[q] + Eps
  /\ clock' = [clock EXCEPT ![r] = @ + 1]
  /\ UNCHANGED <<lent, quiet, asks, grants, released>>

(***************************************************************************)
(* WHO   A leader, for the first time or to renew.                         *)
(* WHAT  It asks for grants of its ballot; the request says when it left.  *)
(* SAFE  A request binds nobody.                                           *)
(* FROM  Paxos Made Live: the master renews its lease.                     *)
(***************************************************************************)
AskLease(r) ==
  /\ leads[r] # 0
  /\ asks' = asks \cup {[ballot |-> leads[r], at |-> clock[r]]}
  /\ UNCHANGED <<clock, lent, quiet, grants, released>>

(***************************************************************************)
(* WHO   An acceptor, on request m, however late.                          *)
(* WHAT  It grants: for Term from now it promises no other member.         *)
(* SAFE  Its promise is that very ballot, so nobody was promised since the *)
(*       ballot began.  The grant repeats the time of the request, which   *)
(*       is before the Term began here.                                    *)
(* FROM  Paxos Made Live: replicas that grant a lease process no Paxos     *)
(*       messages of others meanwhile.  Here they accept: an Accept of     *)
(*       another ballot has an election behind it already.                 *)
(***************************************************************************)
GrantLease(r, m) ==
  /\ m \in asks
  /\ promised[r] = m.ballot
  /\ lent'   = [lent EXCEPT ![r] =
                  [ballot |-> m.ballot, until |-> clock[r] + Term]]
  /\ grants' = grants \cup {[from |-> r, ballot |-> m.ballot, at |-> m.at]}
  /\ UNCHANGED <<clock, quiet, asks, released>>

(* May acceptor r promise a ballot of q?  The holder is a member: a later  *)
(* life of the same replica is another one.                                *)
MayPromise(r, q) ==
  /\ quiet[r] <= clock[r]
  /\ IF lent[r].until <= clock[r] THEN TRUE ELSE owner[lent[r].ballot] = q

(* Does r hold the lease?  It counts from its request, and stops before    *)
(* the first Term can end anywhere.                                        *)
Counts(g)  == clock[owner[g.ballot]] + 2 * Eps < g.at + Term
Lenders(b) == {g.from : g \in {x \in grants : x.ballot = b /\ Counts(x)}}
HoldsLease(r) ==
  LET b == leads[r]
  IN /\ b \notin released
     /\ \A C \in governing[r] : IsQuorum(Lenders(b), C)

(***************************************************************************)
(* WHO   A leader that hands its mastership over.                          *)
(* WHAT  It stops reading in its ballot for good and says so.              *)
(* SAFE  Its later ballots are not meant, whatever becomes of the message. *)
(* FROM  ours; Paxos Made Live lets leases run out.                        *)
(***************************************************************************)
ReleaseLease(r) ==
  /\ leads[r] # 0
  /\ released' = released \cup {leads[r]}
  /\ UNCHANGED <<clock, lent, quiet, asks, grants>>

(***************************************************************************)
(* WHO   An acceptor, on the Release of ballot b, late or doubled.         *)
(* WHAT  It drops its grant, if that is of b.                              *)
(* SAFE  The same member may hold grants of a higher ballot by now.        *)
(* FROM  ours.                                                             *)
(***************************************************************************)
HandleRelease(r, b) ==
  /\ b \in released
  /\ lent[r].ballot = b
  /\ lent' = [lent EXCEPT ![r] = Nothing]
  /\ UNCHANGED <<clock, quiet, asks, grants, released>>

(***************************************************************************)
(* WHO   A replica that restarts.                                          *)
(* WHAT  Its grants are forgotten, so it promises nobody for a whole Term. *)
(*       That it leads no more is the log's matter.                        *)
(* SAFE  Whatever it granted began before the restart.                     *)
(* FROM  Paxos Made Live keeps leases in memory; the silence is ours.      *)
(***************************************************************************)
Forgets(r) ==
  /\ lent'  = [lent EXCEPT ![r] = Nothing]
  /\ quiet' = [quiet EXCEPT ![r] = clock[r] + Term]
  /\ UNCHANGED <<clock, asks, grants, released>>
-----------------------------------------------------------------------------
TypeOK ==
  /\ \A r \in Replica : {clock[r], quiet[r], lent[r].until} \subseteq Nat
       /\ lent[r].ballot \in {0} \cup DOMAIN owner
  /\ \A m \in asks \cup grants : m.ballot \in DOMAIN owner /\ m.at \in Nat
  /\ \A m \in grants : m.from \in Replica
  /\ released \subseteq DOMAIN owner
WithinEps == \A r, q \in Replica : clock[r] <= clock[q] + Eps
=============================================================================
