----------------------------- MODULE Elections -----------------------------
(***************************************************************************)
(* Who leads in the end, and whether somebody does for good.  A grain of   *)
(* its own: no slots, no values and no disks, but who hears whom, so that  *)
(* a leader can be deposed again and again.  Liveness assumes a steady     *)
(* leader; this module says which rules make one.                          *)
(*                                                                         *)
(* A ballot here is its rank among those that somebody has promised last,  *)
(* since no rule asks how far apart two ballots are.  So ballots may rise  *)
(* for ever in finitely many states.  A campaign at a ballot that somebody *)
(* has promised already ends in rejects and is left out.                   *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANT Replica

VARIABLES
  hears,     \* set of <<r, q>>: what q sends reaches r
  promised,  \* [Replica -> rank of the ballot that it promised last]
  role       \* [Replica -> follower | candidate | leader]

vars == <<hears, promised, role>>

IsQuorum(Q)   == 2 * Cardinality(Q) > Cardinality(Replica)
Self          == {<<r, r>> : r \in Replica}
All           == Replica \X Replica
Hears(r, q)   == <<r, q>> \in hears
Between(r, q) == Hears(r, q) /\ Hears(q, r)
Rank(f)       == [r \in Replica |->
                    Cardinality({f[q] : q \in Replica} \cap 0 .. f[r]) - 1]

Init ==
  /\ hears    = All
  /\ promised = [r \in Replica |-> 0]
  /\ role     = [r \in Replica |-> "follower"]
-----------------------------------------------------------------------------
(* r hears a leader at the ballot that it promised, or above.  A leader     *)
(* hears itself.                                                            *)
HearsLeader(r) == \E q \in Replica :
  Hears(r, q) /\ role[q] = "leader" /\ promised[q] >= promised[r]
(* r hears the leader that it promised: a grant of r to it is running.      *)
Granted(r) == \E q \in Replica :
  Hears(r, q) /\ role[q] = "leader" /\ promised[q] = promised[r]
ReachesQuorum(r) == IsQuorum({q \in Replica : Between(r, q)})

(***************************************************************************)
(* WHO   A replica whose election timeout fired: it hears no leader, but   *)
(*       it hears a quorum.                                                *)
(* WHAT  It starts a ballot above all others.                              *)
(* SAFE  It could not count promises that do not reach it; its ballots     *)
(*       would only depose who leads.                                      *)
(* FROM  Raft thesis 9.6 (who is cut off disrupts the cell when it is      *)
(*       back); here who is cut off one way, which never comes back.       *)
(***************************************************************************)
Campaign(r) ==
  /\ ~HearsLeader(r)
  /\ ReachesQuorum(r)
  /\ promised' = Rank([promised EXCEPT ![r] = Cardinality(Replica)])
  /\ role'     = [role EXCEPT ![r] = "candidate"]
  /\ UNCHANGED hears

(***************************************************************************)
(* WHO   An acceptor on a Prepare, or on a later message of that ballot.   *)
(* WHAT  It promises, unless it hears a leader: its grant is running then, *)
(*       since a lease is shorter than an election timeout and is renewed. *)
(* SAFE  It waits longer with a promise, which is always allowed.          *)
(* FROM  Paxos Made Live: master leases; Raft thesis 6.4.1.                *)
(***************************************************************************)
HandlePrepare(r, q) ==
  /\ Hears(r, q)
  /\ role[q] # "follower"
  /\ promised[r] < promised[q]
  /\ ~Granted(r)
  /\ promised' = Rank([promised EXCEPT ![r] = promised[q]])
  /\ role'     = [role EXCEPT ![r] = "follower"]
  /\ UNCHANGED hears

(***************************************************************************)
(* WHO   A candidate that hears promises of its ballot from a quorum.      *)
(* WHAT  It leads.                                                         *)
(* SAFE  As in PaxosReplica.                                               *)
(* FROM  Paxos Made Live, Multi-Paxos: the coordinator.                    *)
(***************************************************************************)
BecomeLeader(r) ==
  /\ role[r] = "candidate"
  /\ IsQuorum({q \in Replica : Hears(r, q) /\ promised[q] = promised[r]})
  /\ role' = [role EXCEPT ![r] = "leader"]
  /\ UNCHANGED <<hears, promised>>

(***************************************************************************)
(* WHO   A candidate or leader that sees a higher ballot in any message.   *)
(* WHAT  It follows; what it promised stays.                               *)
(* SAFE  As HandleReject of PaxosReplica.                                  *)
(* FROM  LogCabin talk: a leader whose store is rejected becomes passive.  *)
(***************************************************************************)
StepDown(r, q) ==
  /\ Hears(r, q)
  /\ promised[q] > promised[r]
  /\ role' = [role EXCEPT ![r] = "follower"]
  /\ UNCHANGED <<hears, promised>>

(***************************************************************************)
(* WHO   A candidate or leader whose messages no quorum answers any more.  *)
(* WHAT  It follows, and its heartbeats end.                               *)
(* SAFE  Who does not lead does nothing.                                   *)
(* FROM  Raft thesis 6.2: a leader steps down if an election timeout       *)
(*       passes without a round of heartbeats to a quorum.                 *)
(***************************************************************************)
Retire(r) ==
  /\ ~ReachesQuorum(r)
  /\ role' = [role EXCEPT ![r] = "follower"]
  /\ UNCHANGED <<hears, promised>>

(***************************************************************************)
(* WHO   The network, once.                                                *)
(* WHAT  Links fail, each in one direction, for good; replicas that reach  *)
(*       each other both ways remain, a quorum of them.                    *)
(* SAFE  No rule looks at it before the links are gone.                    *)
(* FROM  The outage of a cell behind a switch that failed one way.         *)
(***************************************************************************)
Connected(H) == \E Q \in SUBSET Replica : IsQuorum(Q) /\ Q \X Q \subseteq H
Cut ==
  /\ hears = All
  /\ \E H \in SUBSET All : Self \subseteq H /\ Connected(H) /\ hears' = H
  /\ UNCHANGED <<promised, role>>

Next == Cut \/ \E r \in Replica :
  \/ Campaign(r) \/ BecomeLeader(r) \/ Retire(r)
  \/ \E q \in Replica : HandlePrepare(r, q) \/ StepDown(r, q)
-----------------------------------------------------------------------------
(* A candidate that gets its promises if it is only left alone.             *)
Winning(r) == role[r] = "candidate" /\ IsQuorum({q \in Replica :
  /\ Between(r, q) /\ promised[q] <= promised[r]
  /\ promised[q] < promised[r] => ~Granted(q)})

Patient(r) == Campaign(r) /\ ~\E q \in Replica : Winning(q)

(* Election timers run, and fire if no campaign is about to be won.         *)
FairCampaign == \A r \in Replica : WF_vars(Patient(r))
(* What is sent is sent again until it arrives.                             *)
FairPromise  == \A r, q \in Replica : WF_vars(HandlePrepare(r, q))
FairLead     == \A r \in Replica : WF_vars(BecomeLeader(r))
FairRetire   == \A r \in Replica : WF_vars(Retire(r))
FairStepDown == \A r, q \in Replica : WF_vars(StepDown(r, q))
(* Timeouts are random and long: in the end none fires while a campaign is  *)
(* about to be won.                                                         *)
FewDuels     == \A r \in Replica : <>[][Campaign(r) => Patient(r)]_vars

Fairness ==
  /\ FairCampaign
  /\ FairPromise
  /\ FairLead
  /\ FairStepDown
  /\ FairRetire
  /\ FewDuels
Spec == Init /\ [][Next]_vars /\ Fairness
-----------------------------------------------------------------------------
TypeOK ==
  /\ hears \subseteq All /\ Self \subseteq hears
  /\ promised \in [Replica -> 0 .. Cardinality(Replica) - 1]
  /\ promised = Rank(promised)
  /\ role \in [Replica -> {"follower", "candidate", "leader"}]
OneLeader == \A r, q \in Replica : role[r] = "leader" /\ role[q] = "leader"
               /\ promised[r] = promised[q] => r = q
(* Who leads has the promises of a quorum, or they are above its ballot.    *)
Elected   == \A r \in Replica : role[r] = "leader" =>
               IsQuorum({q \in Replica : promised[q] >= promised[r]})
(* Who joins a ballot hears its candidate or leader.                        *)
OnlyHeard == [][\A r, q \in Replica :
  promised[r] < promised[q] /\ promised'[r] = promised'[q] =>
    \E p \in Replica :
      Hears(r, p) /\ role[p] # "follower" /\ promised[p] = promised[q]]_vars
Leads(r)  == role[r] = "leader"
  /\ IsQuorum({q \in Replica : Between(r, q) /\ promised[q] = promised[r]})
SteadyLeader == \E r \in Replica : <>[]Leads(r)
=============================================================================
