------------------------------- MODULE Rejoin -------------------------------
(***************************************************************************)
(* Multi-Paxos in which a disk can be lost.  A promise or a vote that was  *)
(* said stays said, while its sender may have forgotten it; so replies are *)
(* facts of their own here, and no longer read from the state of a disk.   *)
(*                                                                         *)
(* Waits is the rule under which a replica that lost its disk votes again. *)
(* "for ever" is the rule of this project: never, under its old name.  The *)
(* others are readings of Paxos Made Live, and break Agreement: there the  *)
(* argument is made for one instance, and a promise spans all of them.     *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, TLC

CONSTANTS
  Replica,     \* the members that exist
  Slot,        \* 1 .. n
  Ballot,      \* positive numbers
  Value,       \* what a slot may hold
  Alpha,       \* the configuration chosen in slot s governs from s + Alpha
  Birth,       \* the members that govern slots 1 .. Alpha
  Membership,  \* from the values that are configurations to their members
  Waits,       \* until when a replica that lost its disk is silent: "for
               \* ever", "nothing", "instance" (it has seen one complete
               \* that was begun after the loss), "ballot" (one of a ballot
               \* begun after the loss, too)
  Takes,       \* what it has then: "chosen" (all that is), "prefix" (what
               \* is chosen up to the instance seen), "majority" (promises
               \* and logs of a majority of the others)
  LeaderFirst  \* whether a leader promises and accepts first itself

VARIABLES
  promised,  \* [Replica -> Nat]: on its disk, 0 is no ballot
  accepted,  \* [Replica -> function from slots to ballots]: on its disk
  promises,  \* set of promises said, each with what it reported
  votes,     \* set of votes said, as <<ballot, slot, replica>>
  owner,     \* function from the ballots in use to their replicas
  proposal,  \* function from <<ballot, slot>> to the value proposed there
  silent,    \* the replicas that lost their disks and do not vote
  lost       \* function from the replicas that lost their disks to the
             \* slots and ballots that had begun

vars == <<promised, accepted, promises, votes, owner, proposal, silent, lost>>

Empty == [s \in {} |-> 0]
Init ==
  /\ promised = [r \in Replica |-> 0]
  /\ accepted = [r \in Replica |-> Empty]
  /\ promises = {}
  /\ votes    = {}
  /\ owner    = Empty
  /\ proposal = Empty
  /\ silent   = {}
  /\ lost     = Empty

Max(S)         == CHOOSE x \in S : \A y \in S : y <= x
Begun          == {k[2] : k \in DOMAIN proposal}
At(f, s)       == IF s \in DOMAIN f THEN f[s] ELSE 0
IsQuorum(Q, C) == 2 * Cardinality(Q \cap C) > Cardinality(C)

(* A slot is chosen when a quorum of its configuration said that they      *)
(* voted for the same ballot and slot.                                     *)
Voters(b, s) == {a \in Replica : <<b, s, a>> \in votes}
RECURSIVE Governs(_)
ChosenIn(s) == {b \in DOMAIN owner : /\ <<b, s>> \in DOMAIN proposal
                                     /\ IsQuorum(Voters(b, s), Governs(s))}
Governs(s)  ==
  IF s <= Alpha THEN Birth
  ELSE LET V == {proposal[<<b, s - Alpha>>] : b \in ChosenIn(s - Alpha)}
           C == V \cap DOMAIN Membership
       IN IF C = {} THEN Governs(s - 1) ELSE Membership[CHOOSE v \in C : TRUE]
Chosen      == {s \in Slot : ChosenIn(s) # {}}
-----------------------------------------------------------------------------
(* What a replica says of ballot b, and with it its disk.                  *)
Says(r, b) ==
  /\ promised' = [promised EXCEPT ![r] = b]
  /\ promises' = promises \cup
       {[from |-> r, ballot |-> b, accepted |-> accepted[r]]}
Casts(r, b, s) ==
  /\ promised' = [promised EXCEPT ![r] = b]
  /\ accepted' = [accepted EXCEPT ![r] = (s :> b) @@ @]
  /\ votes'    = votes \cup {<<b, s, r>>}

(***************************************************************************)
(* WHO   A replica that is not silent.                                     *)
(* WHAT  It takes ballot b, which nobody has taken; if leaders go first it *)
(*       promises b itself.                                                *)
(* SAFE  A ballot has one owner for ever.                                  *)
(* FROM  LogCabin talk: overthrow(new epoch).                              *)
(***************************************************************************)
Campaign(r, b) ==
  /\ r \notin silent
  /\ b \notin DOMAIN owner
  /\ b > promised[r]
  /\ owner' = (b :> r) @@ owner
  /\ IF LeaderFirst THEN Says(r, b) ELSE UNCHANGED <<promised, promises>>
  /\ UNCHANGED <<accepted, votes, proposal, silent, lost>>

(***************************************************************************)
(* WHO   An acceptor that is not silent.                                   *)
(* WHAT  It promises b for all slots and says what it accepted.            *)
(* SAFE  As long as its disk lasts it votes for nothing below b.           *)
(* FROM  LogCabin talk: the answer to overthrow.                           *)
(***************************************************************************)
Promise(r, b) ==
  /\ r \notin silent
  /\ b \in DOMAIN owner
  /\ b > promised[r]
  /\ Says(r, b)
  /\ UNCHANGED <<accepted, votes, owner, proposal, silent, lost>>

(***************************************************************************)
(* WHO   The owner of b, if leaders go first with no higher promise.       *)
(* WHAT  It proposes one value for a slot whose configuration is chosen,   *)
(*       given promises P of b from a quorum; if leaders go first it votes *)
(*       for it itself.                                                    *)
(* SAFE  v is the value of the highest ballot that P reports; free if none.*)
(* FROM  Paxos Made Simple, P2c.                                           *)
(***************************************************************************)
Propose(r, b, s, v, P) ==
  LET best == Max({0} \cup {At(p.accepted, s) : p \in P})
  IN /\ r \notin silent
     /\ b \in DOMAIN owner
     /\ owner[b] = r
     /\ <<b, s>> \notin DOMAIN proposal
     /\ 1 .. s - Alpha \subseteq Chosen
     /\ P \subseteq {p \in promises : p.ballot = b}
     /\ IsQuorum({p.from : p \in P}, Governs(s))
     /\ IF best = 0 THEN TRUE ELSE v = proposal[<<best, s>>]
     /\ IF LeaderFirst THEN promised[r] = b /\ Casts(r, b, s)
                       ELSE UNCHANGED <<promised, accepted, votes>>
     /\ proposal' = (<<b, s>> :> v) @@ proposal
     /\ UNCHANGED <<promises, owner, silent, lost>>

(***************************************************************************)
(* WHO   An acceptor that is not silent.                                   *)
(* WHAT  It votes for what was proposed at b, and says so.                 *)
(* SAFE  Never below its promise, as its disk has it.                      *)
(* FROM  LogCabin talk: store(epoch, slot, op).                            *)
(***************************************************************************)
Vote(r, b, s) ==
  /\ r \notin silent
  /\ <<b, s>> \in DOMAIN proposal
  /\ b >= promised[r]
  /\ Casts(r, b, s)
  /\ UNCHANGED <<promises, owner, proposal, silent, lost>>

(***************************************************************************)
(* WHO   Any replica.                                                      *)
(* WHAT  Its disk is lost, and it is silent.  What it said stays said.     *)
(* SAFE  A replica that is silent for ever has crashed.                    *)
(* FROM  Paxos Made Live, handling disk corruption: "non-voting member".   *)
(***************************************************************************)
Lose(r) ==
  /\ r \notin silent
  /\ promised' = [promised EXCEPT ![r] = 0]
  /\ accepted' = [accepted EXCEPT ![r] = Empty]
  /\ silent'   = silent \cup {r}
  /\ lost'     = (r :> [slots |-> Begun, ballots |-> DOMAIN owner]) @@ lost
  /\ UNCHANGED <<promises, votes, owner, proposal>>

(***************************************************************************)
(* WHO   A silent replica, unless the rule is to wait for ever.            *)
(* WHAT  It rebuilds its disk and votes again.                             *)
(* SAFE  Not at all: what it promised before the loss for a slot other     *)
(*       than the one it saw may be counted still, and it has forgotten.   *)
(* FROM  Paxos Made Live, handling disk corruption.                        *)
(***************************************************************************)
Highest(S)    == [s \in {x \in Chosen : x \in S} |-> Max(ChosenIn(s))]
Returns(r, b, f) ==
  /\ r \in silent
  /\ promised' = [promised EXCEPT ![r] = b]
  /\ accepted' = [accepted EXCEPT ![r] = f]
  /\ silent'   = silent \ {r}
  /\ UNCHANGED <<promises, votes, owner, proposal, lost>>
Seen(r, s) ==
  CASE Waits = "nothing"  -> s = 1
    [] Waits = "instance" -> s \in Chosen \ lost[r].slots
    [] Waits = "ballot"   -> s \in Chosen \ lost[r].slots
                             /\ Max(ChosenIn(s)) \notin lost[r].ballots
    [] OTHER              -> FALSE
Rejoin(r, s, Q) ==
  /\ r \in silent /\ Seen(r, s)
  /\ IF Takes = "majority"
     THEN LET f == [x \in UNION {DOMAIN accepted[a] : a \in Q} |->
                     Max({At(accepted[a], x) : a \in Q})]
          IN /\ Q \subseteq Replica \ ({r} \cup silent)
             /\ 2 * Cardinality(Q) > Cardinality(Birth)
             /\ Returns(r, Max({promised[a] : a \in Q}), f)
     ELSE LET f == Highest(IF Takes = "prefix" THEN 1 .. s ELSE Slot)
          IN Q = {} /\ Returns(r, Max({0} \cup {f[x] : x \in DOMAIN f}), f)
-----------------------------------------------------------------------------
Campaigns(r)   == \E b \in Ballot : Campaign(r, b)
PromisesAny(r) == \E b \in DOMAIN owner : Promise(r, b)
Proposes(r)    == \E b \in DOMAIN owner, s \in Slot, v \in Value :
                  \E P \in SUBSET {p \in promises : p.ballot = b} :
                    Propose(r, b, s, v, P)
VotesAny(r)    == \E k \in DOMAIN proposal : Vote(r, k[1], k[2])
Others         == IF Takes = "majority" THEN SUBSET Replica ELSE {{}}
Rejoins(r)     == \E s \in Slot, Q \in Others : Rejoin(r, s, Q)
Next == \E r \in Replica :
  \/ Campaigns(r) \/ PromisesAny(r) \/ Proposes(r)
  \/ VotesAny(r)  \/ Lose(r)        \/ Rejoins(r)
Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
(* What two quorums voted for in a slot is one value.                      *)
Agreement == \A s \in Slot : \A k, l \in ChosenIn(s) :
               proposal[<<k, s>>] = proposal[<<l, s>>]
(* A ballot has one owner for ever.                                        *)
OwnerStays == [][\A b \in DOMAIN owner : b \in DOMAIN owner' /\ owner'[b] = owner[b]]_owner
(* Who is silent says nothing.                                             *)
Said(r)        == <<{b \in DOMAIN owner : owner[b] = r}, {p \in promises : p.from = r},
                    {v \in votes : v[3] = r}>>
SilentIsSilent == [][\A r \in silent : Said(r)' = Said(r)]_vars
=============================================================================
