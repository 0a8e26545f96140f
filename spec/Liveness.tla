------------------------------ MODULE Liveness ------------------------------
(***************************************************************************)
(* That something good happens: every request is applied.  PaxosReplica    *)
(* says what may happen; this module says what must, as one assumption per *)
(* thing that an implementation has to keep doing.  Nothing is assumed of  *)
(* the replicas outside Quorum: they may act, be slow, or stop for good.   *)
(*                                                                         *)
(* A request is a value that its client asks for until it is applied.  It  *)
(* needs no variable: a leader may propose any value that it does not hold *)
(* yet, and only fairness says that in the end it does.  So every behaviour *)
(* in which a request comes late is among those checked.                   *)
(***************************************************************************)
EXTENDS PaxosReplica

CONSTANTS
  Leader,    \* the replica whose election timer fires in the end
  Quorum     \* replicas that stay up and reach each other in the end

ASSUME Leader \in Quorum /\ Quorum \subseteq Replica

LeaderBallot == Mem(Leader).promised
Others   == Quorum \ {Leader}
New(t)   == sent'[t] \ sent[t]
Held(r)  == {known[r][s] : s \in DOMAIN known[r]}
-----------------------------------------------------------------------------
(***************************************************************************)
(* WHO   The leader, with a request of a client.                           *)
(* WHAT  Propose, but of no value that it knows to be in the log.          *)
(* SAFE  Propose is; this one proposes less.                               *)
(* FROM  Paxos Made Live: a retried request executes once; here the window *)
(*       is one slot, so what is in the log is what is known.              *)
(***************************************************************************)
Requests(r) == Proposes(r) /\ \A m \in New("accept") : m.value \notin Held(r)

LiveNext == \E r \in Replica :
  \/ Campaigns(r) \/ HandlesPrepare(r) \/ BecomesLeader(r)
  \/ Requests(r)  \/ HandlesAccept(r)  \/ Chooses(r)
  \/ Announce(r)  \/ HandlesChosen(r)  \/ SendsEntries(r)
  \/ HandlesCatchUp(r) \/ HandlesReject(r) \/ Applies(r)
  \/ Persists(r)  \/ Crashes(r)        \/ Restart(r)
-----------------------------------------------------------------------------
(* What the assumptions speak of: the part of an action that has to happen. *)

(* The Prepares and Accepts of Leader's ballot, not those of others.  What  *)
(* was answered need not be answered again: the answer is a fact.           *)
AnswersPrepare(r) == \E m \in sent.prepare :
  /\ m.ballot = LeaderBallot
  /\ Mem(r).promised # m.ballot
  /\ HandlePrepare(r, m)
AnswersAccept(r)  == \E m \in sent.accept :
  /\ m.ballot = LeaderBallot
  /\ VotedAt(Mem(r).accepted, m.slot) # m.ballot
  /\ HandleAccept(r, m)

(* A follower that hears of no leader.  A candidate and a leader wait until *)
(* they are told of a higher ballot.                                        *)
TimesOut == role[Leader] = "follower" /\ Campaigns(Leader)

(* What r lacks and no Chosen of Leader can teach it: r did not vote there  *)
(* at Leader's ballot.                                                      *)
Lacks(r) ==
  \/ r = Leader
  \/ VotedAt(Mem(r).accepted, prefix[r] + 1) # LeaderBallot
Teaches(q, r) ==
  /\ Lacks(r) /\ SendsEntries(q)
  /\ \E m \in New("entry") : m.slot = prefix[r] + 1

(* Timers, and clients that ask again.                                      *)
FairCampaign == WF_vars(TimesOut)
FairLead     == WF_vars(BecomesLeader(Leader))
FairRequest  == WF_vars(Requests(Leader))
FairChoose   == WF_vars(Chooses(Leader))
(* A disk finishes its syncs.                                               *)
FairPersist  == \A r \in Quorum : WF_vars(Persists(r))
(* Leader sends a message again until it is answered.                       *)
FairPrepare  == \A r \in Others : WF_vars(AnswersPrepare(r))
FairAccept   == \A r \in Others : WF_vars(AnswersAccept(r))
(* The answer arrives, also if it is a refusal.                             *)
FairReject   == WF_vars(HandlesReject(Leader))
(* Heartbeats repeat how far Leader knows until they arrive.  Announce is   *)
(* that repetition; nothing is assumed of it, as what was sent is a fact.   *)
FairChosen   == \A r \in Others : WF_vars(HandlesChosen(r))
(* Who lacks slots asks again until it is sent them.                        *)
FairEntries  == \A q, r \in Quorum : WF_vars(Teaches(q, r))
FairCatchUp  == \A r \in Quorum : WF_vars(HandlesCatchUp(r))
(* A replica executes what it knows.                                        *)
FairApply    == \A r \in Quorum : WF_vars(Applies(r))
(* Who crashed is started again, and in the end stays up.                   *)
FairRestart  == \A r \in Quorum : WF_vars(Restart(r))
FewCrashes   == \A r \in Quorum : <>[][~Crashes(r)]_vars

Fairness ==
  /\ FairCampaign
  /\ FairLead
  /\ FairRequest
  /\ FairChoose
  /\ FairPersist
  /\ FairPrepare
  /\ FairAccept
  /\ FairReject
  /\ FairChosen
  /\ FairEntries
  /\ FairCatchUp
  /\ FairApply
  /\ FairRestart
  /\ FewCrashes
LiveSpec == Init /\ [][LiveNext]_vars /\ Fairness
-----------------------------------------------------------------------------
AppliedAt(r, v) ==
  Up(r) /\ \E s \in DOMAIN known[r] : s <= applied[r] /\ known[r][s] = v
EveryRequestIsApplied ==
  \A v \in Value : <>(\A r \in Quorum : AppliedAt(r, v))
=============================================================================
