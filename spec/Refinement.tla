----------------------------- MODULE Refinement -----------------------------
(***************************************************************************)
(* PaxosReplica implements MultiPaxos: how the state of the one is read as *)
(* the state of the other.  A promise is what is on the disk, a vote is an *)
(* Accepted that has left, a proposal is an Accept that has left.          *)
(***************************************************************************)
EXTENDS PaxosReplica

ThePromises == [r \in Replica |-> Disk(r).promised]
TheVotes    == [r \in Replica |-> {<<m.ballot, m.slot>> :
                                   m \in {x \in sent.accepted : x.from = r}}]
TheProposal == [k \in {<<m.ballot, m.slot>> : m \in sent.accept} |->
  (CHOOSE m \in sent.accept : m.ballot = k[1] /\ m.slot = k[2]).value]
TheKnown    == [r \in Replica |-> StateUpTo(r, prefix[r])]

Paxos == INSTANCE MultiPaxos WITH
           promised <- ThePromises, votes <- TheVotes, proposal <- TheProposal,
           known <- TheKnown
RefinesMultiPaxos == Paxos!Spec
(* For models that do not begin at Init.                                   *)
StepsOfMultiPaxos == [][Paxos!Next]_Paxos!vars
=============================================================================
