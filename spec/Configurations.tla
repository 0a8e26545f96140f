--------------------------- MODULE Configurations ---------------------------
(***************************************************************************)
(* Who governs a slot.  A configuration is a value like any other: the one *)
(* in slot c governs from c + Alpha on, and any set of members may follow  *)
(* any set.                                                                *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets

CONSTANTS
  Alpha,       \* how many slots later a configuration comes into force
  Birth,       \* the members that govern slots 1 .. Alpha
  Membership   \* function from the values that are configurations to members

Max(S)         == CHOOSE x \in S : \A y \in S : y <= x
IsQuorum(Q, C) == 2 * Cardinality(Q \cap C) > Cardinality(C)

(* The members that govern slot s, as far as the values f of slots tell.   *)
(* f tells it once it has every slot up to s - Alpha.                      *)
Settled(f, s)   == 1 .. s - Alpha \subseteq DOMAIN f
MembersAt(f, s) ==
  LET C == {c \in DOMAIN f : c + Alpha <= s /\ f[c] \in DOMAIN Membership}
  IN IF C = {} THEN Birth ELSE Membership[f[Max(C)]]
=============================================================================
