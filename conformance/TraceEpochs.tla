----------------------------- MODULE TraceEpochs -----------------------------
(***************************************************************************)
(* What the state machine executes at an Apply, by Execute of Epochs: the  *)
(* epoch is the number of the marks up to the slot, whoever applies it,    *)
(* and commands of another epoch are refused.  A slot that is applied has  *)
(* all before it known, so its marks are among those given.                *)
(***************************************************************************)
LOCAL INSTANCE Naturals
LOCAL INSTANCE FiniteSets

(* Only Execute is used, which reads no variable.                          *)
LOCAL Log == INSTANCE Epochs WITH Member <- {}, Request <- {},
  chosen <- 0, proposed <- 0, top <- 0, ballot <- 0, lease <- 0, begun <- 0, applied <- 0,
  machine <- 0, master <- 0, renewed <- 0, term <- 0, reigns <- 0

EpochAt(marks, s) == Cardinality({m \in marks : m <= s})

(* Step a applies a value; of a command, `of` is the epoch in which its handling began.            *)
Executed(marks, a) ==
  LET before  == [Log!Blank EXCEPT !.epoch = EpochAt(marks, a.slot - 1)]
      command == Log!Command(a.value, a.of)
  IN CASE a.entry = "mark"    -> [epoch |-> Log!Execute(before, Log!Mark(0)).epoch, refused |-> FALSE]
       [] a.entry = "command" -> [epoch |-> before.epoch, refused |-> Log!Execute(before, command) = before,
                                  of |-> a.of]
       [] OTHER               -> [epoch |-> before.epoch, refused |-> FALSE]
Logged(a) == IF a.entry = "command" THEN [epoch |-> a.epoch, refused |-> a.refused, of |-> a.of]
             ELSE [epoch |-> a.epoch, refused |-> a.refused]
=============================================================================
