----------------------------- MODULE MCSimulate -----------------------------
(***************************************************************************)
(* Long random runs of PaxosReplica with five replicas, which no search    *)
(* can exhaust.  TLC draws one of the disjuncts of SimulateNext, each with *)
(* the same chance, until one of them can be taken.  A weight lets what it *)
(* guards through one time in n: faults, and what could go on for ever,    *)
(* are rare, so that runs get far and still meet each of them.  A step     *)
(* that changes nothing keeps a run alive that no draw lets through.       *)
(*                                                                         *)
(* This TLC counts no coverage in a simulation, so each disjunct counts    *)
(* its successors itself, in a register of TLC; one worker only.           *)
(***************************************************************************)
EXTENDS MCPaxosReplica

Actions == <<"CampaignNext", "PrepareNew", "PrepareRepeat", "PrepareReject", "BecomesLeader",
             "Proposes", "AcceptNew", "AcceptRepeat", "AcceptReject", "Chooses", "Announce",
             "HandlesChosen", "SendsEntries", "CatchUpOne", "CatchUpMany", "HandlesReject",
             "Applies", "PersistOne", "PersistMany", "CrashIdle", "CrashLosing",
             "CrashKeeping", "Restart">>

(* Registers 1 to 9 are those of Reached; 10 counts the states checked.     *)
ASSUME \A k \in 10 .. 10 + Len(Actions) : TLCSet(k, 0)
Counts(k)     == TLCSet(k, TLCGet(k) + 1)
Register(a)   == 10 + CHOOSE i \in DOMAIN Actions : Actions[i] = a
Always(a, A)  == A /\ Counts(Register(a))
OneIn(n, a, A) == RandomElement(1 .. n) = 1 /\ A /\ Counts(Register(a))

(* The lowest ballot that is left; the search takes any.                    *)
CampaignNext(r) ==
  LET B == {b \in Ballot \ DOMAIN owner : b > Mem(r).promised}
  IN B # {} /\ Campaign(r, Min(B))
(* One set of entries for each length, where the search takes all.          *)
EntriesAt(s)   == {m \in sent.entry : m.slot = s}
CatchUpOne(r)  == \E m \in EntriesAt(prefix[r] + 1) : HandleCatchUp(r, {m})
CatchUpMany(r) == \E n \in prefix[r] + 2 .. MaxSlot :
  LET S == prefix[r] + 1 .. n
  IN /\ \A s \in S : EntriesAt(s) # {}
     /\ HandleCatchUp(r, {RandomElement(EntriesAt(s)) : s \in S})
(* A crash that finds nothing waiting, and one that loses every waiting     *)
(* step; CrashKeeping loses those after the n-th.                           *)
CrashIdle(r)   == Waiting(r) = 0 /\ CrashHard(r)
CrashLosing(r) == Waiting(r) > 0 /\ CrashHard(r)

SimulateNext == \E r \in Replica :
  \/ OneIn(100, "CampaignNext", CampaignNext(r))
  \/ OneIn(2, "PrepareNew", PrepareNew(r))
  \/ OneIn(50, "PrepareRepeat", PrepareRepeat(r))
  \/ OneIn(10, "PrepareReject", PrepareReject(r))
  \/ Always("BecomesLeader", BecomesLeader(r))
  \/ Always("Proposes", Proposes(r))
  \/ OneIn(2, "AcceptNew", AcceptNew(r))
  \/ OneIn(50, "AcceptRepeat", AcceptRepeat(r))
  \/ OneIn(10, "AcceptReject", AcceptReject(r))
  \/ Always("Chooses", Chooses(r))
  \/ OneIn(10, "Announce", Announce(r))
  \/ OneIn(2, "HandlesChosen", HandlesChosen(r))
  \/ OneIn(50, "SendsEntries", SendsEntries(r))
  \/ OneIn(3, "CatchUpOne", CatchUpOne(r))
  \/ OneIn(3, "CatchUpMany", CatchUpMany(r))
  \/ OneIn(5, "HandlesReject", HandlesReject(r))
  \/ OneIn(2, "Applies", Applies(r))
  \/ OneIn(2, "PersistOne", PersistOne(r))
  \/ OneIn(2, "PersistMany", PersistMany(r))
  \/ OneIn(60, "CrashIdle", CrashIdle(r))
  \/ OneIn(30, "CrashLosing", CrashLosing(r))
  \/ OneIn(30, "CrashKeeping", CrashKeeping(r))
  \/ OneIn(4, "Restart", Restart(r))
  \/ UNCHANGED vars

(* Always hold, and print: what the runs came by, and every so many states  *)
(* how often each disjunct had a successor.                                 *)
ReachesOld == Reached(2, "Reproposed", ~NeverReproposed)
ReachesAll == Reached(3, "AllKnown", ~NeverAllKnown)
CONSTANT Every
Coverage ==
  /\ Counts(10)
  /\ TLCGet(10) % Every = 0 => \A i \in DOMAIN Actions :
       PrintT("fired;" \o Actions[i] \o ";" \o ToString(TLCGet(10 + i)))
=============================================================================
