----------------------------- MODULE MultiPaxos -----------------------------
(***************************************************************************)
(* Multi-Paxos without messages.  What replicas said is read as facts from *)
(* state that only grows: a promise freezes the votes below it, so to read *)
(* an acceptor's votes late is to read what it would have answered.  Loss, *)
(* delay, order and doubling of messages need no action.                   *)
(*                                                                         *)
(* The middle of the ladder: PaxosReplica refines it, and it refines       *)
(* ReplicatedLog.  Acceptors move when their disks do.                     *)
(***************************************************************************)
EXTENDS Configurations, TLC

CONSTANTS
  Replica,     \* every member that ever exists
  Slot,        \* 1 .. n
  Ballot,      \* 1 .. n; 0 stands for no ballot
  Value

VARIABLES
  promised,  \* [Replica -> Nat], 0 is no ballot
  votes,     \* [Replica -> set of <<ballot, slot>>]
  known,     \* [Replica -> function from the slots it knows to values]
  owner,     \* function from the ballots in use to their replicas
  proposal   \* function from <<ballot, slot>> to the value proposed there

vars == <<promised, votes, known, owner, proposal>>

Empty == [s \in {} |-> 0]
Init ==
  /\ promised = [r \in Replica |-> 0]
  /\ votes    = [r \in Replica |-> {}]
  /\ known    = [r \in Replica |-> Empty]
  /\ owner    = Empty
  /\ proposal = Empty

(* A slot is chosen when a quorum of its configuration voted for the same  *)
(* ballot and slot.  Which configuration that is, the chosen slots below   *)
(* tell.  Shown(f): what the votes show to who knows f; f is bound by a set *)
(* in it, so that TLC computes it once.                                    *)
VotersAt(b, s) == {a \in Replica : <<b, s>> \in votes[a]}
ChosenIn(f, s) == IF ~Settled(f, s) THEN {}
                  ELSE {b \in Ballot : IsQuorum(VotersAt(b, s), MembersAt(f, s))}
WithSlot(f, s) == LET B == IF s \in DOMAIN f THEN {} ELSE ChosenIn(f, s)
                  IN IF B = {} THEN f ELSE (s :> proposal[<<Max(B), s>>]) @@ f
RECURSIVE ShownUpTo(_, _)
ShownUpTo(f, s) ==
  IF s = 0 THEN f
  ELSE CHOOSE g \in {WithSlot(h, s) : h \in {ShownUpTo(f, s - 1)}} : TRUE
Shown(f)   == ShownUpTo(f, Cardinality(Slot))
TheChosen == Shown(Empty)
-----------------------------------------------------------------------------
(***************************************************************************)
(* WHO   Any replica.                                                      *)
(* WHAT  It takes ballot b, which nobody has taken.                        *)
(* SAFE  A ballot contains its member, so it has one owner for ever.       *)
(* FROM  LogCabin talk: an epoch is a number and the server's id.          *)
(***************************************************************************)
Campaign(r, b) ==
  /\ b \notin DOMAIN owner
  /\ owner' = (b :> r) @@ owner
  /\ UNCHANGED <<promised, votes, known, proposal>>

(***************************************************************************)
(* WHO   The owner of b, which has promised b and nothing higher, and      *)
(*       knows what decides who governs the slot.                          *)
(* WHAT  It proposes one value for a slot, given the votes of a quorum Q   *)
(*       of the slot's configuration that has promised b.                  *)
(* SAFE  Below b, Q votes no more.  If a value was or will be chosen below *)
(*       b, some vote for it is in Q, and none in Q is for a higher ballot *)
(*       with another value.  All who propose in a slot agree on its       *)
(*       configuration, since they know the same chosen slots below it.    *)
(* FROM  Paxos Made Simple, P2c, and on alpha; LogCabin talk: the latest   *)
(*       epoch among a majority.                                           *)
(***************************************************************************)
Safe(Q, b, s, v) ==
  LET E == {c \in 1 .. b - 1 : \E a \in Q : <<c, s>> \in votes[a]}
  IN IF E = {} THEN TRUE ELSE v = proposal[<<Max(E), s>>]
Knows(r) == known[r]
Propose(r, b, s, v) ==
  /\ b = promised[r] /\ b \in DOMAIN owner
  /\ owner[b] = r /\ <<b, s>> \notin DOMAIN proposal
  /\ Settled(Knows(r), s)
  /\ proposal' = (<<b, s>> :> v) @@ proposal
  /\ UNCHANGED <<promised, votes, known, owner>>
  /\ \E Q \in SUBSET Replica : /\ IsQuorum(Q, MembersAt(Knows(r), s))
                               /\ \A a \in Q : promised[a] >= b
                               /\ Safe(Q, b, s, v)

(***************************************************************************)
(* WHO   An acceptor: its disk moves on, perhaps over many steps at once.  *)
(* WHAT  It promises b, and votes for open proposals P up to b.            *)
(* SAFE  Taken in the order of their ballots, each vote is at or above the *)
(*       promise before it, and raises it.  One sync may hold many.        *)
(* FROM  LogCabin talk: answers to overthrow and store.                    *)
(***************************************************************************)
Promises(a, b) ==
  /\ IF b = promised[a] THEN TRUE ELSE b > promised[a] /\ b \in DOMAIN owner
  /\ promised' = [promised EXCEPT ![a] = b]
Votes(a, P) == votes' = [votes EXCEPT ![a] = @ \cup P]
Open(a, b)  == {k \in DOMAIN proposal \ votes[a] : promised[a] <= k[1] /\ k[1] <= b}
Moves(a)    == \E b \in Ballot \cup {0} :
                 Promises(a, b) /\ \E P \in SUBSET Open(a, b) : Votes(a, P)
Answer(a)   == UNCHANGED <<known, owner, proposal>> /\ Moves(a)

(***************************************************************************)
(* WHO   Any replica.                                                      *)
(* WHAT  It learns the value of slots S, which its view shows as chosen.   *)
(* SAFE  A chosen slot stays chosen, and no other value can be.            *)
(* FROM  LogCabin talk: finalize.                                          *)
(***************************************************************************)
Learn(r, S) ==
  /\ UNCHANGED <<promised, votes, owner, proposal>>
  /\ LET f == Shown(known[r])
     IN S \subseteq DOMAIN f /\ known' = [known EXCEPT ![r] = [s \in S |-> f[s]] @@ @]

(***************************************************************************)
(* WHO   Any replica.                                                      *)
(* WHAT  It stops.  Its disk may hold more than it had answered, and of    *)
(*       what it knew it keeps only the slots S.                           *)
(* SAFE  Promises and votes are never taken back.                          *)
(* FROM  LogCabin talk: servers crash at any time and restart later.       *)
(***************************************************************************)
Crash(r) ==
  /\ UNCHANGED <<owner, proposal>>
  /\ \E S \in SUBSET DOMAIN known[r] : known' = [known EXCEPT ![r] = [s \in S |-> @[s]]]
  /\ Moves(r)
-----------------------------------------------------------------------------
Campaigns(r) == \E b \in Ballot : Campaign(r, b)
Proposes(r)  == \E s \in Slot, v \in Value : Propose(r, promised[r], s, v)
Learns(r)    == \E S \in SUBSET (Slot \ DOMAIN known[r]) : Learn(r, S)
Next == \E r \in Replica :
  Campaigns(r) \/ Answer(r) \/ Proposes(r) \/ Learns(r) \/ Crash(r)
Spec == Init /\ [][Next]_vars
-----------------------------------------------------------------------------
TypeOK ==
  /\ \A r \in Replica : promised[r] \in DOMAIN owner \cup {0} /\ DOMAIN known[r] \subseteq Slot
       /\ votes[r] \subseteq DOMAIN proposal
  /\ DOMAIN proposal \subseteq Ballot \X Slot
  /\ DOMAIN owner \subseteq Ballot /\ \A b \in DOMAIN owner : owner[b] \in Replica
Agreement == \A r, q \in Replica : \A s \in DOMAIN known[r] \cap DOMAIN known[q] :
               known[r][s] = known[q][s]
(* Who proposes has promised the ballot itself; so it is its own.          *)
OwnerHasPromised == \A k \in DOMAIN proposal : promised[owner[k[1]]] >= k[1]
KnownIsChosen ==
  LET f == TheChosen
  IN \A r \in Replica : \A s \in DOMAIN known[r] : \E b \in ChosenIn(f, s) :
       proposal[<<b, s>>] = known[r][s]
(* What was chosen at one ballot is what every higher ballot proposes.     *)
ChosenOnce ==
  LET f == TheChosen
  IN \A k, l \in DOMAIN proposal : k[2] = l[2] /\ k[1] < l[1]
       /\ proposal[k] # proposal[l] => k[1] \notin ChosenIn(f, k[2])
-----------------------------------------------------------------------------
(* Refinement: votes decide slots. *)
Log == INSTANCE ReplicatedLog WITH chosen <- TheChosen
RefinesReplicatedLog == Log!Spec
=============================================================================
