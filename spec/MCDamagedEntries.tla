-------------------------- MODULE MCDamagedEntries --------------------------
(***************************************************************************)
(* Bounds for TLC, and smaller next-state relations; README.md says what   *)
(* each leaves out.                                                        *)
(***************************************************************************)
EXTENDS DamagedEntries, Reached

CONSTANTS MaxSlot, MaxBallot
BoundedSlot   == 1 .. MaxSlot
BoundedBallot == 1 .. MaxBallot
Symmetry      == Permutations(Replica) \cup Permutations(Value)

(* Replaces Write: a record is synced, and so is the mark, when written.    *)
SyncedWrite(r, m) ==
  LET L == Append(log[r], [m EXCEPT !.known = Carried(r) \cup DOMAIN known'[r]])
  IN /\ log'    = [log EXCEPT ![r] = L]
     /\ synced' = [synced EXCEPT ![r] = Len(L)]
     /\ mark'   = [mark EXCEPT ![r] = Len(L)]
     /\ cast'   = [cast EXCEPT ![r] = @ \cup Votes(L)]

(* Replaces Write: only promises wait for a sync.                           *)
LazyWrite(r, m) ==
  LET L == Append(log[r], [m EXCEPT !.known = Carried(r) \cup DOMAIN known'[r]])
  IN /\ log'    = [log EXCEPT ![r] = L]
     /\ synced' = [synced EXCEPT ![r] = IF m.slot = 0 THEN @ ELSE Len(L)]
     /\ mark'   = [mark EXCEPT ![r] = IF m.slot = 0 THEN @ ELSE synced[r]]
     /\ cast'   = [cast EXCEPT ![r] = IF m.slot = 0 THEN @ ELSE @ \cup Votes(L)]

(* The atlas: of each slot a minority of the copies is damaged, and of a    *)
(* lost member all are.                                                     *)
Impaired(r, s) == \/ status[r] = "lost" \/ TailAt(log[r]) <= mark[r]
                  \/ Obscured(log[r], 0, s)
Atlas == \A s \in Slot : LET D == {r \in Replica : Impaired(r, s)}
                         IN 2 * Cardinality(D) < Cardinality(Replica)

Bodies(r)    == \E i \in {x \in Good(log[r]) : log[r][x].slot > 0} : Damage(r, i, "body")
Deciding(r)  == HandlesPrepare(r) \/ SendsPromise(r) \/ HandlesAccept(r)
EntriesNext  == Proposes \/ \E r \in In("up") : Deciding(r) \/ (Bodies(r) /\ Atlas')
NewestNext   == Proposes \/ \E r \in In("up") :
                  \/ HandlePrepare(r, MaxBallot) \/ SendPromise(r, MaxBallot)
                  \/ HandlesAccept(r) \/ (Bodies(r) /\ Atlas')
AllRotNext   == Proposes \/ \E r \in In("up") : Deciding(r) \/ Bodies(r)

(* While one is down only its disk moves: it takes part in nothing else, so *)
(* the others' steps can as well come before or after.                      *)
Stops(r)     == Crash(r, {})
Sound(r)     == Good(log[r]) = DOMAIN log[r]
EndRots(r)   == Sound(r) /\ Damage(r, Len(log[r]), "whole") /\ Atlas'
LostNext ==
  IF In("down") # {} THEN \E r \in In("down") : EndRots(r) \/ Restart(r)
  ELSE Proposes \/ \E r \in In("up") : Deciding(r) \/ (Promised(r) > 1 /\ Stops(r))
TearNext ==
  IF In("down") # {} THEN \E r \in In("down") : EndRots(r) \/ Restart(r)
  ELSE Proposes \/ \E r \in In("up") : \/ Deciding(r) \/ (Sync(r) /\ disk' # disk)
                                          \/ (Promised(r) > 1 /\ Crashes(r))
CutNext ==
  IF In("down") # {} THEN \E r \in In("down") : (Bodies(r) /\ Sound(r) /\ Atlas') \/ Restart(r)
  ELSE Proposes \/ \E r \in In("up") : HandlesAccept(r) \/ Stops(r)
RepairNext == Proposes \/ \E r \in In("up") :
                \/ HandlePrepare(r, MaxBallot) \/ SendPromise(r, MaxBallot)
                \/ (Bodies(r) /\ Atlas') \/ Learns(r) \/ Refetches(r)
KnownNext ==
  IF In("down") # {} THEN \E r \in In("down") : (Rots(r) /\ Sound(r) /\ Atlas') \/ Restart(r)
  ELSE \E r \in In("up") : \/ HandlesAccept(r) \/ Learns(r) \/ Refetches(r)
                              \/ (Carried(r) # {} /\ Stops(r))

(* Every action, as deep as a slot gets chosen, learnt and refetched.       *)
EveryNext == \/ Proposes
             \/ \E r \in Replica :
                  \/ HandlesPrepare(r) \/ SendsPromise(r) \/ HandlesAccept(r) \/ Syncs(r)
                  \/ Learns(r)         \/ Refetches(r)    \/ Crashes(r)
                  \/ Rots(r)           \/ Restarts(r)
Shallow   == TLCGet("level") <= 5
Repairable == Atlas'

(* Late starts.  A disk made of the records R, all synced; what was said    *)
(* before is the facts F, what was proposed f.                              *)
Word(a, b, V) == [from |-> a, ballot |-> b, votes |-> V, faulty |-> {}]
Start(R, F, f) ==
  /\ proposal = f /\ said = F
  /\ log    = R
  /\ synced = [r \in Replica |-> Len(R[r])]
  /\ mark   = [r \in Replica |-> Len(R[r])]
  /\ status = [r \in Replica |-> "up"]
  /\ known  = [r \in Replica |-> Empty]
  /\ cast   = [r \in Replica |-> Votes(R[r])]
Promised1     == Record(1, 0, 0, 0, {})
Promised2     == Record(2, 0, 0, 0, {})
Vote1(b, v)   == Record(b, 1, b, v, {})

(* Ballot 1 is promised by all.  (Who would not have promised it does not   *)
(* vote there.)                                                             *)
Late == Start([r \in Replica |-> <<Promised1>>], {Word(r, 1, Empty) : r \in Replica}, Empty)

(* The same, and a has voted for v at ballot 1.                             *)
Half == \E a \in Replica, v \in Value :
  Start([r \in Replica |-> IF r = a THEN <<Promised1, Vote1(1, v)>> ELSE <<Promised1>>],
        {Word(r, 1, Empty) : r \in Replica}, <<1, 1>> :> v)

(* a voted for v at ballot 1; then w was chosen at ballot 2 by b and c.     *)
Older == \E a, b, c \in Replica, v, w \in Value :
  /\ Cardinality({a, b, c}) = 3 /\ v # w
  /\ Start([r \in Replica |-> IF r = a THEN <<Promised1, Vote1(1, v)>>
                              ELSE <<Promised2, Vote1(2, w)>>],
           {Word(a, 1, Empty), Word(b, 2, Empty), Word(c, 2, Empty)},
           (<<1, 1>> :> v) @@ (<<2, 1>> :> w))

(* w is proposed at ballot 2, v at ballot 1, which only c has not left.     *)
Teach == \E c \in Replica, v, w \in Value : /\ v # w
  /\ Start([r \in Replica |-> IF r = c THEN <<Promised1>> ELSE <<Promised2>>],
           {}, (<<1, 1>> :> v) @@ (<<2, 1>> :> w))
-----------------------------------------------------------------------------
(* Two replicas may lead at once: each has promised another ballot, which a *)
(* quorum has promised as well, and which it may own.                       *)
Elected(r)  == status[r] = "up" /\ \E m \in said : m.from = r /\ m.ballot = Promised(r)
               /\ IsQuorum({x.from : x \in {y \in said : y.ballot = m.ballot}}, 1)
TwoLeaders  == \E r, q \in Replica :
               Elected(r) /\ Elected(q) /\ Promised(r) # Promised(q)
(* A slot was chosen at a ballot after a promise of it had named the slot.  *)
ChosenAnyway == \E s \in Slot : \E b \in ChosenIn(s) : \E m \in said :
                  m.ballot = b /\ s \in m.faulty
Halted == \E s \in Slot : ChosenIn(s) # {} /\ \A r \in Replica : ~Readable(r, s, ValueOf(s))
Reaches == /\ Reached(1, "TwoLeaders", TwoLeaders)
           /\ Reached(2, "DamagedSlotChosen", ChosenAnyway)
           /\ Reached(3, "Halted", Halted)
=============================================================================
