-------------------------- MODULE MCReplicatedLog --------------------------
(* Bounds for TLC.                                                          *)
EXTENDS ReplicatedLog
Symmetry     == Permutations(Replica) \cup Permutations(Value)
(* Must be violated.                                                        *)
NeverAllKnow == \E r \in Replica : DOMAIN known[r] # Slot
=============================================================================
