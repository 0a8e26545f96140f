------------------------------ MODULE Reached ------------------------------
(***************************************************************************)
(* What a model comes by.  An invariant that always holds and that prints, *)
(* once, that the search reached a state in which P holds: a model that    *)
(* never does proves little.  spec/models lists what each must reach.      *)
(* For one worker; k is a register of TLC, from 1 to 9, of its own.        *)
(***************************************************************************)
EXTENDS Naturals, Sequences, TLC

ASSUME \A k \in 1 .. 9 : TLCSet(k, FALSE)
Reached(k, name, P) ==
  IF TLCGet(k) THEN TRUE
  ELSE IF P THEN TLCSet(k, TRUE) /\ PrintT("reached;" \o name) ELSE TRUE
=============================================================================
