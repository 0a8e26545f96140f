------------------------------- MODULE Epochs -------------------------------
(***************************************************************************)
(* Which mastership a command or an expiry belongs to.  Each mastership is *)
(* recorded by a mark in the log; the epoch is the count of the marks, and *)
(* every entry but a mark carries the epoch in which its handling began.   *)
(*                                                                         *)
(* Over a log whose ballots matter and whose votes do not.  Ballots are    *)
(* counted in the order in which they were established: once a quorum      *)
(* promised a ballot, no lower one can be established, and what can still  *)
(* be chosen below it is what its promises report.  The master lease is    *)
(* what its own module guarantees: one member holds it at a time, that of  *)
(* the highest established ballot, and no other member is elected then; it *)
(* can be lost at any moment, and its holder knows.                        *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
  Member,    \* who may lead
  Request    \* commands of one session, by their sequence numbers

Slot == Nat \ {0}        \* models replace it by a finite set

VARIABLES
  chosen,    \* function from the decided slots to their entries
  proposed,  \* set of <<ballot, slot, entry>>, for slots not decided
  top,       \* the highest established ballot, 0 is none
  ballot,    \* [Member -> the ballot that it leads, 0 if none]
  lease,     \* the member that holds the master lease, as a set
  begun,     \* entries whose handling began: they may be proposed
  applied,   \* [Member -> Nat]: slots executed
  machine,   \* [Member -> what the state machine holds]
  master,    \* [Member -> the epoch in which it is master, else 0]
  renewed,   \* how many renewals of the session lease were acknowledged
  term,      \* history: how many times the master lease was acquired
  reigns     \* history: <<epoch, term>> of each mastership

log     == <<chosen, proposed>>
leading == <<top, ballot, lease, term>>
running == <<applied, machine, master, reigns>>
vars    == <<log, leading, running, begun, renewed>>

(* The machine: the epoch; the row of the session, the numbers that it     *)
(* does not execute again; and, for the invariants, the commands that were *)
(* executed (ran) and the expiries of the session lease that had effect.   *)
Blank == [epoch |-> 0, row |-> {}, ran |-> <<>>, expired |-> {}]

Init ==
  /\ chosen   = [s \in {} |-> 0] /\ proposed = {} /\ begun = {}
  /\ top      = 0
  /\ ballot   = [r \in Member |-> 0]
  /\ lease    = {}
  /\ applied  = [r \in Member |-> 0]
  /\ machine  = [r \in Member |-> Blank]
  /\ master   = [r \in Member |-> 0]
  /\ renewed  = 0
  /\ term     = 0
  /\ reigns   = {}
-----------------------------------------------------------------------------
(* Entries.  began is history: what was true when the handling began, the  *)
(* epoch for a command and the count of renewals for an expiry.            *)
Mark(b)         == [kind |-> "mark", ballot |-> b]
Command(q, e)   ==
  [kind |-> "command", req |-> q, epoch |-> e, began |-> e]
Expiry(r, e, n) == [kind |-> "expiry", by |-> r, epoch |-> e, began |-> n]
Entry ==                 \* models replace it by a finite set
  {Mark(b) : b \in Nat} \cup {Command(q, e) : q \in Request, e \in Nat}
    \cup {Expiry(r, e, n) : r \in Member, e \in Nat, n \in Nat}

(* What the state machine m does with entry x.  The check is here, where   *)
(* the order of the log is known.  A refusal changes nothing.              *)
Execute(m, x) ==
  IF x.kind = "mark" THEN [m EXCEPT !.epoch = @ + 1]
  ELSE IF x.epoch # m.epoch THEN m
  ELSE IF x.kind = "expiry" THEN [m EXCEPT !.expired = @ \cup {x.began}]
  ELSE IF x.req \in m.row THEN m
  ELSE [m EXCEPT !.row = @ \cup {x.req},
                 !.ran = Append(@, [req   |-> x.req,
                                    at    |-> m.epoch, began |-> x.began])]
-----------------------------------------------------------------------------
(* Member r establishes the next ballot.  Its promises report P, of the    *)
(* slots that are not decided: these it proposes again, the others are     *)
(* free.  Any P is taken that promises of some quorum could report.        *)
Establish(r, P) ==
  /\ \A p, q \in P : p[2] = q[2] => p[3] = q[3]
  /\ top'      = top + 1
  /\ ballot'   = [ballot EXCEPT ![r] = top + 1]
  /\ proposed' = proposed \cup {<<top + 1, p[2], p[3]>> : p \in P}
  /\ UNCHANGED <<chosen, lease, term, running, begun, renewed>>

(***************************************************************************)
(* WHO   Any member, while nobody holds the master lease.                  *)
(* WHAT  It leads at a new ballot and proposes again what the promises     *)
(*       report: commands, expiries and marks of others too.               *)
(* SAFE  Who led before may lead on at its ballot; what it proposes from   *)
(*       now on counts only if a later leader proposes it again.           *)
(* FROM  LogCabin talk: a new leader overthrows the old one and finalizes  *)
(*       what it finds.  Votes are left to MultiPaxos.                     *)
(***************************************************************************)
BecomeLeader(r, P) ==
  /\ lease = {}
  /\ Establish(r, P)

(***************************************************************************)
(* WHO   The leader that holds the master lease.                           *)
(* WHAT  It establishes a higher ballot of its own, in a quiet moment, and *)
(*       stays master if it was: no mark is written.                       *)
(* SAFE  The grants of either ballot kept all others from being elected at *)
(*       every instant.  A mark of another may be among what it proposes   *)
(*       again; that mark ends the mastership where it is applied.         *)
(* FROM  Paxos Made Live: the master boosts its sequence number.           *)
(***************************************************************************)
RaiseBallot(r, P) ==
  /\ r \in lease
  /\ Establish(r, P)

(***************************************************************************)
(* WHO   The leader of the highest established ballot.                     *)
(* WHAT  It acquires the master lease.  That alone makes it no master.     *)
(* SAFE  A quorum has promised its ballot and grants to nobody below it.   *)
(* FROM  Paxos Made Live: master leases.                                   *)
(***************************************************************************)
AcquireLease(r) ==
  /\ ballot[r] # 0
  /\ ballot[r] = top
  /\ lease = {}
  /\ lease' = {r} /\ term' = term + 1
  /\ UNCHANGED <<log, top, ballot, running, begun, renewed>>

(***************************************************************************)
(* WHO   The holder of the master lease, at any moment.                    *)
(* WHAT  Its lease has run out by its own clock, or it stopped or dropped  *)
(*       it.  It is master no more, and its mark serves no lease to come.  *)
(* SAFE  Another may be elected from now on.  What it handles goes on: its *)
(*       entries carry their epoch.                                        *)
(* FROM  Paxos Made Live: mastership may be lost and regained while a      *)
(*       request is handled.                                               *)
(***************************************************************************)
LoseLease(r) ==
  /\ lease' = lease \ {r}
  /\ master' = [master EXCEPT ![r] = 0]
  /\ UNCHANGED <<log, top, ballot, term, applied, machine, reigns>>
  /\ UNCHANGED <<begun, renewed>>
-----------------------------------------------------------------------------
(* Leader r proposes entry x in slot s: one entry per ballot and slot, and *)
(* none where a promise of its ballot reports a decided one.               *)
Puts(r, s, x) ==
  /\ ballot[r] # 0
  /\ s \notin DOMAIN chosen
  /\ \A p \in proposed : <<p[1], p[2]>> # <<ballot[r], s>>
  /\ proposed' = proposed \cup {<<ballot[r], s, x>>}
  /\ UNCHANGED <<chosen, leading, running, begun, renewed>>

(***************************************************************************)
(* WHO   A leader that is not master.                                      *)
(* WHAT  It proposes a mark that names its ballot, unless one is under way.*)
(* SAFE  The mark makes it master where it is applied, if it leads at that *)
(*       ballot and holds the lease by then.  A second mark would cut its  *)
(*       own mastership in two.                                            *)
(* FROM  Paxos Made Live: the epoch number is an entry of the database.    *)
(*       That the mark names a ballot is not there: a successor may have   *)
(*       to propose it again.                                              *)
(***************************************************************************)
BecomeMaster(r, s) ==
  /\ master[r] = 0
  /\ \A p \in proposed : <<p[1], p[3]>> # <<ballot[r], Mark(ballot[r])>>
  /\ \A t \in DOMAIN chosen : chosen[t] = Mark(ballot[r]) => t <= applied[r]
  /\ Puts(r, s, Mark(ballot[r]))

(***************************************************************************)
(* WHO   Any member that is asked by a client, for the first time or again.*)
(* WHAT  The handling of a command begins: it is given the epoch that the  *)
(*       member has applied, and keeps it.                                 *)
(* SAFE  Whatever the handling reads and decides holds for that epoch.     *)
(* FROM  Paxos Made Live: every operation is conditional on the epoch.     *)
(***************************************************************************)
Handle(r, q) ==
  /\ begun' = begun \cup {Command(q, machine[r].epoch)}
  /\ UNCHANGED <<log, leading, running, renewed>>

(***************************************************************************)
(* WHO   A leader, deposed or not, now or much later.                      *)
(* WHAT  It proposes a command or an expiry whose handling began.          *)
(* SAFE  Nothing is checked: between here and the entry's slot a mark may  *)
(*       still come.                                                       *)
(* FROM  LogCabin talk: store; any leader sends what it has.               *)
(***************************************************************************)
Propose(r, s, x) == Puts(r, s, x)

(***************************************************************************)
(* WHO   The acceptors, for a slot of the highest established ballot.      *)
(* WHAT  The slot is decided; what was proposed there up to that ballot is *)
(*       dead.                                                             *)
(* SAFE  A quorum promised that ballot: of lower ones only what it reports *)
(*       can be chosen, and that is proposed again.                        *)
(* FROM  Paxos Made Simple, P2.                                            *)
(***************************************************************************)
Choose(p) ==
  /\ p[1] = top
  /\ chosen'   = (p[2] :> p[3]) @@ chosen
  /\ proposed' = {q \in proposed : \/ q[2] # p[2]
                                   \/ q[1] >= p[1] /\ q[3] # p[3]}
  /\ UNCHANGED <<leading, running, begun, renewed>>

(***************************************************************************)
(* WHO   Any member, for the next decided slot.                            *)
(* WHAT  Its state machine executes or refuses the entry.  A mark makes it *)
(*       master if it names the ballot that it leads and it holds the      *)
(*       lease; any other mark ends what mastership it had.                *)
(* SAFE  A mark of a deposed leader, proposed again, names a ballot that   *)
(*       is not its proposer's, and its sender has no lease.               *)
(* FROM  Paxos Made Live: the epoch is checked by the database operation.  *)
(***************************************************************************)
Makes(r, x) ==
  /\ x.ballot = ballot[r]
  /\ r \in lease
Apply(r, s) ==
  /\ s = applied[r] + 1
  /\ applied' = [applied EXCEPT ![r] = s]
  /\ machine' = [machine EXCEPT ![r] = Execute(@, chosen[s])]
  /\ IF chosen[s].kind # "mark" THEN UNCHANGED <<master, reigns>>
     ELSE IF Makes(r, chosen[s])
     THEN /\ master' = [master EXCEPT ![r] = machine'[r].epoch]
          /\ reigns' = reigns \cup {<<machine'[r].epoch, term>>}
     ELSE master' = [master EXCEPT ![r] = 0] /\ UNCHANGED reigns
  /\ UNCHANGED <<log, leading, begun, renewed>>
-----------------------------------------------------------------------------
(***************************************************************************)
(* WHO   The master, on a client's sign of life.                           *)
(* WHAT  It acknowledges: the client counts on its session lease anew.     *)
(* SAFE  The master decided on no expiry in its epoch, and knows of none   *)
(*       that had effect; those of other epochs will be refused.           *)
(* FROM  Chubby: session leases, and a new master starts each anew.  That  *)
(*       a decision to expire stops the renewals is added here.            *)
(***************************************************************************)
Renew(r) ==
  /\ master[r] # 0
  /\ machine[r].expired = {}
  /\ \A x \in begun :
       x.kind = "expiry" => <<x.by, x.epoch>> # <<r, master[r]>>
  /\ renewed' = renewed + 1
  /\ UNCHANGED <<log, leading, running, begun>>

(***************************************************************************)
(* WHO   The master, when it saw no sign of life for the time to live.     *)
(* WHAT  It decides that the session lease is over: an entry that carries  *)
(*       its epoch, checked where it is applied.                           *)
(* SAFE  Only the master of that epoch renews, and it knows its decision.  *)
(* FROM  Chubby: the master expires sessions.  That the expiry is an entry *)
(*       and carries the epoch, as commands do, is added here.             *)
(***************************************************************************)
Expire(r) ==
  /\ master[r] # 0
  /\ begun' = begun \cup {Expiry(r, machine[r].epoch, renewed)}
  /\ UNCHANGED <<log, leading, running, renewed>>
-----------------------------------------------------------------------------
(* Each action under a name of its own, so that TLC names it in traces.    *)
BecomesLeader(r) == \E P \in SUBSET proposed : BecomeLeader(r, P)
RaisesBallot(r)  == \E P \in SUBSET proposed : RaiseBallot(r, P)
BecomesMaster(r) == \E s \in Slot : BecomeMaster(r, s)
Handles(r)       == \E q \in Request : Handle(r, q)
Proposes(r)      == \E s \in Slot, x \in begun : Propose(r, s, x)
Chooses          == \E p \in proposed : Choose(p)
Applies(r)       == \E s \in DOMAIN chosen : Apply(r, s)

Next == Chooses \/ \E r \in Member :
  \/ BecomesLeader(r) \/ RaisesBallot(r) \/ AcquireLease(r) \/ LoseLease(r)
  \/ BecomesMaster(r) \/ Handles(r) \/ Proposes(r) \/ Applies(r)
  \/ Renew(r) \/ Expire(r)
Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
TypeOK ==
  /\ top \in Nat /\ renewed \in Nat /\ term \in Nat
  /\ DOMAIN chosen \subseteq Slot /\ lease \subseteq Member
  /\ \A p \in proposed : p[1] \in 1 .. top /\ p[2] \in Slot
  /\ \A r \in Member : ballot[r] \in 0 .. top /\ applied[r] \in Nat
(* What the lease is taken to guarantee.                                   *)
LeaseLeads == \A r \in lease : ballot[r] = top /\ top # 0
OneValue   == \A p, q \in proposed :
                p[1] = q[1] /\ p[2] = q[2] => p[3] = q[3]
(* What was chosen at one ballot is what every higher ballot proposes.     *)
ChosenOnce == \A p \in proposed : p[2] \notin DOMAIN chosen
(* Who has executed as much is in the same state.                          *)
Agreement  == \A r, q \in Member :
                applied[r] = applied[q] => machine[r] = machine[q]

(* A command is executed in the epoch in which its handling began, ...     *)
CommandInItsEpoch == \A r \in Member : \A i \in 1 .. Len(machine[r].ran) :
  machine[r].ran[i].at = machine[r].ran[i].began
(* ... at most once, ...                                                   *)
ExactlyOnce == \A r \in Member : \A i, j \in 1 .. Len(machine[r].ran) :
  machine[r].ran[i].req = machine[r].ran[j].req => i = j
(* ... and as long as it was not, one handled anew would be.               *)
Executed(m, q) == \E i \in 1 .. Len(m.ran) : m.ran[i].req = q
RetryPossible  == \A r \in Member, q \in Request :
  Executed(Execute(machine[r], Command(q, machine[r].epoch)), q)

(* A renewal that was acknowledged stands: an expiry that has effect was   *)
(* decided after it.                                                       *)
RenewalStands == \A r \in Member : \A n \in machine[r].expired : n = renewed

OneMaster         == \A r, q \in Member :
                       master[r] # 0 /\ master[q] # 0 => r = q
OneMasterPerEpoch == \A x, y \in reigns : x[1] = y[1] => x = y
EpochsInOrder     == \A x, y \in reigns : x[2] < y[2] => x[1] < y[1]
(* What the master handles is executed: its epoch is the one it applied.   *)
MasterInItsEpoch  == \A r \in Member :
                       master[r] # 0 => master[r] = machine[r].epoch
(* The same epoch: the same master, which was never away in between.       *)
Unbroken  == \A r \in Member :
               master[r] # 0 => <<master[r], term>> \in reigns
(* And a lease without a gap: no second mark, whatever ballot it is under. *)
KeepsMark == \A x \in reigns : <<x[1] + 1, x[2]>> \notin reigns
-----------------------------------------------------------------------------
(* Refinement: entries decide slots, members know what they have applied.  *)
Known == [r \in Member |-> [s \in 1 .. applied[r] |-> chosen[s]]]
Log   == INSTANCE ReplicatedLog WITH
           Replica <- Member, Value <- Entry, known <- Known
RefinesReplicatedLog == Log!Spec
=============================================================================
