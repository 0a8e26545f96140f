----------------------------- MODULE TraceData -----------------------------
(* The merged trace as data.  EventAt(0) is its header, EventAt(i) its i-th *)
(* step.  conformance/java evaluates it from the NDJSON file; where there   *)
(* is no javac, a generated module of the same name holds the data.         *)
LOCAL INSTANCE TLC
EventAt(i) == Assert(FALSE, <<"no Java operator override for EventAt", i>>)
=============================================================================
