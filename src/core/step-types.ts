/** The one verb of the core, as types: step(state, input) -> { state, effects, action }. */
import type { Executed } from './epochs.js';
import type { Message, MessageId } from './messages.js';
import type { Ballot, EventId, LogRecord, Member, Slot, SnapshotHandle, Value } from './types.js';

/** Everything that decides anything is an input, so a run replays from its inputs. */
export type Input =
  /** A message part arrived. Parts of one frame are one input each, Chosen first. */
  | { readonly kind: 'message'; readonly from: Member; readonly message: Message }
  /** The randomised election timeout fired; or, `ordered`, the replica shall lead under a new ballot. */
  | { readonly kind: 'campaign'; readonly ordered?: true }
  /** A batch of client commands; taken by a leader whose window is open, else ignored. */
  | { readonly kind: 'propose'; readonly value: Value }
  /** The first `count` unsynced steps are durable. */
  | { readonly kind: 'persist'; readonly count: number }
  /** A snapshot of this replica, begun with beginSnapshot(), lies on the disk under its name. */
  | { readonly kind: 'takeSnapshot'; readonly snapshot: SnapshotHandle }
  /** All of another's snapshot came, was checked, and lies on the disk under its name. */
  | { readonly kind: 'installSnapshot'; readonly snapshot: SnapshotHandle }
  /** The heartbeat timer fired: repeat what may have been lost. Makes no event. */
  | { readonly kind: 'heartbeat' }
  /** A later reading of the replica's own clock, in whole milliseconds since the start of its process. */
  | { readonly kind: 'tick'; readonly now: number }
  /** The clock jumped or stood still, or the process did: what rests on its past counts no more. No event. */
  | { readonly kind: 'distrust clock' | 'stalled' }
  /** A leader shall ask for the lease, or renew it; give it up for good; answer reads from its own state. */
  | { readonly kind: 'ask lease' | 'release lease' | 'read' }
  /** A leader shall ask a quorum for the reads that have arrived; answer those of the last such round. */
  | { readonly kind: 'ask round' | 'read by quorum' }
  /** An action that the state enables without outside input, as nextInternal() named it. */
  | { readonly kind: 'internal'; readonly internal: Internal };

export type Internal =
  | { readonly name: 'BecomeLeader' }
  | { readonly name: 'Announce' }
  | { readonly name: 'Choose'; readonly slot: Slot }
  /** A slot at or below the highest one reported by a promise: re-proposed, or filled with a no-op. */
  | { readonly name: 'Propose'; readonly slot: Slot }
  | { readonly name: 'Apply'; readonly slot: Slot };

/** What the driver must do, in this order. A message in a `send` effect may leave at once. */
export type Effect =
  /**
   * Append the record; `held` rests on it and leaves by the `send` effects of the Persist that covers it.
   */
  | { readonly kind: 'append'; readonly record: LogRecord; readonly held: readonly Outgoing[] }
  | { readonly kind: 'send'; readonly outgoing: Outgoing }
  | ({ readonly kind: 'apply'; readonly slot: Slot; readonly value: Value } & Executed)
  /** The state machine's state is that of the installed snapshot from here on. */
  | { readonly kind: 'restore'; readonly snapshot: SnapshotHandle }
  /** A member asked for slots that were cut: it may fetch the snapshot. */
  | { readonly kind: 'offer'; readonly to: Member; readonly snapshot: SnapshotHandle }
  /** A live leader (or a candidate that was promised) was heard: restart the election timeout. */
  | { readonly kind: 'heard'; readonly leader: Member | null };

/** `to` names one member (which may be the sender itself) or every other member that the core knows of. */
export interface Outgoing {
  readonly to: Member | 'peers';
  readonly message: Message;
}

export type Outcome = 'new' | 'repeat' | 'reject';

interface Ids {
  /** Messages consumed or counted. */
  readonly from: readonly MessageId[];
  /** Messages made, in the order that the spec's action makes them. */
  readonly made: readonly MessageId[];
  /** Messages that may leave now. */
  readonly released: readonly MessageId[];
}

/** One step = one spec action = one trace event: the same words in all three. */
export type Action = Ids &
  (
    | { readonly name: 'Campaign'; readonly ballot: Ballot }
    | { readonly name: 'HandlePrepare'; readonly ballot: Ballot; readonly outcome: Outcome }
    | { readonly name: 'BecomeLeader'; readonly ballot: Ballot }
    | { readonly name: 'Propose'; readonly ballot: Ballot; readonly slot: Slot; readonly value: Value }
    | {
        readonly name: 'HandleAccept';
        readonly ballot: Ballot;
        readonly slot: Slot;
        readonly value: Value;
        readonly outcome: Outcome;
      }
    | { readonly name: 'Choose'; readonly ballot: Ballot; readonly slot: Slot }
    | { readonly name: 'Announce'; readonly ballot: Ballot; readonly upTo: Slot }
    | { readonly name: 'HandleChosen'; readonly ballot: Ballot; readonly upTo: Slot }
    | { readonly name: 'SendEntries'; readonly first: Slot; readonly last: Slot }
    | { readonly name: 'HandleCatchUp'; readonly first: Slot; readonly last: Slot }
    | { readonly name: 'HandleReject'; readonly ballot: Ballot }
    | ({ readonly name: 'Apply'; readonly slot: Slot; readonly value: Value } & Executed)
    | { readonly name: 'TakeSnapshot'; readonly snapshot: SnapshotHandle }
    | { readonly name: 'InstallSnapshot'; readonly snapshot: SnapshotHandle }
    | { readonly name: 'Persist'; readonly persisted: EventId }
    | { readonly name: 'Tick'; readonly clock: number }
    | { readonly name: 'AskLease'; readonly ballot: Ballot }
    | { readonly name: 'GrantLease'; readonly ballot: Ballot }
    | { readonly name: 'ReleaseLease'; readonly ballot: Ballot }
    | { readonly name: 'HandleRelease'; readonly ballot: Ballot }
    | { readonly name: 'ReadLocally'; readonly ballot: Ballot }
    | { readonly name: 'AskRound'; readonly ballot: Ballot }
    | { readonly name: 'ConfirmBallot'; readonly ballot: Ballot }
    | { readonly name: 'ReadByQuorum'; readonly ballot: Ballot }
    /** recovered is null where the log held no record; snapshot is what it begins at. */
    | {
        readonly name: 'Restart';
        readonly recovered: EventId | null;
        readonly snapshot: SnapshotHandle;
      }
  );

export type ActionName = Action['name'];
