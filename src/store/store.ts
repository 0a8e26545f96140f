/**
 * The replicated state machine: keys with revisions, MultiOps over them, and the table of sessions. A pure
 * function of the commands applied and their places: no clock, no randomness, no I/O. It knows nothing of
 * Paxos; a command reaches it as bytes.
 *
 * The revision begins at 1 and goes up by one with each operation that changed something; the parts of a
 * MultiOp share one. No history is kept yet: a read at an older revision than the current one is refused as
 * compacted.
 */
import * as E from 'fp-ts/lib/Either.js';
import { NO_BYTES } from './bytes.js';
import { checkOperation } from './check.js';
import { decodeOperation, encodeResult } from './codec.js';
import { Digest } from './digest.js';
import {
  mayWrite,
  type DeleteRangeOperation,
  type DeleteRangeResult,
  type KeyValue,
  type MultiOp,
  type Operation,
  type PutOperation,
  type PutResult,
  type RangeOperation,
  type RangeResult,
  type Refusal,
  type Result,
  type StoreError,
  type Success,
} from './operations.js';
import { orderedMap } from './ordered-map.js';
import { holds, pairsIn, readRange, sizeOf, type Pairs } from './pairs.js';
import type { Place } from './place.js';
import { decodeCommand, encodeCommandResult } from './session-codec.js';
import type { CommandResult, SessionRequest, StoreCommand } from './session-commands.js';
import { SessionTable, type SessionsView } from './sessions.js';
import { PartReader, writeParts, type Restored } from './snapshot.js';

/**
 * What one operation may answer with, by sizeOf(). Above it the operation is refused: a short MultiOp may ask
 * for the whole store again and again, and every replica makes the answer, now and at each replay of the log.
 * The same everywhere and for ever, since it decides what is executed.
 */
export const ANSWER_BYTES = 2 ** 28;

/** The same for a request of a session, whose answer is kept: any one pair fits. */
export const KEPT_ANSWER_BYTES = 2 ** 21;

/** Ends an operation under way; never leaves this file. */
class AnswerTooLarge extends Error {}

/** An operation with its guards decided: what will be executed. */
type Plan =
  | { readonly kind: 'leaf'; readonly operation: Exclude<Operation, MultiOp> }
  | { readonly kind: 'multi'; readonly succeeded: boolean; readonly parts: readonly Plan[] };

export class Store {
  private pairs: Pairs = orderedMap();
  private current = 1;
  private bytes = 0;
  private masterships = 0;
  /** The state before the MultiOp under way: for reads at its revision, and to go back to; else null. */
  private before: Pairs | null = null;
  private changed = false;
  /** What the operation under way may still answer with, in bytes. */
  private room = 0;

  /** Only tests give another bound, or a table. */
  constructor(
    private readonly answerBytes = ANSWER_BYTES,
    private table = new SessionTable(),
  ) {}

  /** The revision of the last change; 1 where there was none. */
  get revision(): number {
    return this.current;
  }

  /** How many masterships the log has recorded so far (spec/Epochs.tla: the epoch). */
  get epoch(): number {
    return this.masterships;
  }

  /** The log records another mastership. */
  mark(): void {
    this.masterships += 1;
  }

  get keys(): number {
    return this.pairs.size;
  }

  /** What the pairs take in memory, roughly, in bytes. */
  get size(): number {
    return this.bytes;
  }

  /** For whoever decides about evictions. */
  get sessions(): SessionsView {
    return this.table;
  }

  /**
   * Executes the command at a place of the log and answers with its result, both as bytes of
   * session-codec.ts. Never throws on wrong bytes.
   */
  apply(command: Uint8Array, at: Place): Uint8Array {
    const decoded = decodeCommand(command);
    if (E.isLeft(decoded)) return encodeResult(this.refuse(decoded.left));
    return decoded.right.kind === 'request'
      ? this.serve(decoded.right, at)
      : encodeCommandResult(this.executeCommand(decoded.right, at));
  }

  /** As apply(), for an operation that cannot write: a range, or a MultiOp of ranges. Others are refused. */
  read(operation: Uint8Array): Uint8Array {
    return encodeResult(
      E.match<StoreError, Operation, Result>(
        (error) => this.refuse(error),
        (decoded) => (mayWrite(decoded) ? this.refuse('malformed operation') : this.execute(decoded)),
      )(decodeOperation(operation)),
    );
  }

  execute(operation: Operation, answerBytes = this.answerBytes): Result {
    const fault = checkOperation(operation);
    if (fault !== null) return this.refuse(fault);
    const plan = this.plan(operation);
    const error = this.checkPlan(plan);
    if (error !== null) return this.refuse(error);
    this.before = plan.kind === 'multi' && readsPairs(plan) ? this.pairs.clone() : null;
    this.changed = false;
    this.room = answerBytes;
    const { bytes } = this;
    try {
      const success = this.run(plan);
      if (this.changed) this.current += 1;
      return success;
    } catch (tooLarge) {
      if (!(tooLarge instanceof AnswerTooLarge)) throw tooLarge;
      this.pairs = this.before ?? this.pairs;
      this.bytes = bytes;
      return this.refuse('answer is too large');
    } finally {
      this.changed = false;
      this.before = null;
    }
  }

  /** All of the state as parts of bytes (snapshot.ts), as it is now: they share memory with the store. */
  snapshot(): Iterator<Uint8Array> {
    return writeParts({
      ...{ revision: this.current, epoch: this.epoch },
      pairs: this.pairs.clone(),
      sessions: this.table.frozen(),
    });
  }

  /** What reads such parts to a state that restore() takes over; the store is as it was until then. */
  reader(): PartReader {
    return new PartReader(this.table.emptied());
  }

  restore({ revision, epoch, pairs, sessions, bytes }: Restored): void {
    this.masterships = epoch;
    this.pairs = pairs;
    this.table = sessions;
    this.current = revision;
    this.bytes = bytes;
  }

  /** The same state in a copy that shares memory until either changes. */
  clone(): Store {
    const copy = new Store(this.answerBytes, this.table.clone());
    copy.pairs = this.pairs.clone();
    copy.current = this.current;
    copy.bytes = this.bytes;
    copy.masterships = this.masterships;
    return copy;
  }

  /**
   * Equal for equal states: every pair with its revisions, the revision and epoch of the store, and every
   * session with its answers. Takes a full scan.
   */
  digest(): string {
    const digest = new Digest().number(this.current).number(this.epoch).number(this.pairs.size);
    for (const pair of this.pairs.values()) {
      digest.bytes(pair.key).bytes(pair.value);
      digest.number(pair.createRevision).number(pair.modRevision).number(pair.version);
      digest.number(Number(BigInt.asUintN(32, pair.lease)));
      digest.number(Number(BigInt.asUintN(32, pair.lease >> 32n)));
    }
    this.table.addTo(digest);
    return digest.text();
  }

  private executeCommand(command: Exclude<StoreCommand, SessionRequest>, at: Place): CommandResult {
    switch (command.kind) {
      case 'open': {
        const session = this.table.open(at);
        return { kind: 'opened', revision: this.current, session, window: this.table.window };
      }
      case 'evict':
        return { kind: 'evicted', revision: this.current, evicted: this.table.evict(command) };
      default:
        return this.execute(command);
    }
  }

  /**
   * Executes a request if its number is new, else answers as its row says. What the operation is answered
   * with is the answer to the number, be it a refusal: it is kept. A refusal by the table changes nothing.
   */
  private serve(request: SessionRequest, at: Place): Uint8Array {
    const outcome = this.table.outcome(request);
    if (outcome.kind === 'refused') return encodeResult(this.refuse(outcome.error));
    const answer =
      outcome.kind === 'again'
        ? outcome.answer
        : encodeResult(this.execute(request.operation, Math.min(this.answerBytes, KEPT_ANSWER_BYTES)));
    this.table.served(request, at, answer);
    return answer;
  }

  private refuse(error: StoreError): Refusal {
    return { kind: 'refused', revision: this.current, error };
  }

  /** Every guard, of nested MultiOps too, is tested against the state before the whole operation. */
  private plan(operation: Operation): Plan {
    if (operation.kind !== 'multi') return { kind: 'leaf', operation };
    const succeeded = operation.guards.every((guard) => holds(this.pairs, guard));
    const branch = succeeded ? operation.success : operation.failure;
    return { kind: 'multi', succeeded, parts: branch.map((part) => this.plan(part)) };
  }

  /** Refusals that depend on the state; only of what will be executed, and before any of it is. */
  private checkPlan(plan: Plan): StoreError | null {
    if (plan.kind === 'multi') {
      for (const part of plan.parts) {
        const error = this.checkPlan(part);
        if (error !== null) return error;
      }
      return null;
    }
    const { operation } = plan;
    if (operation.kind === 'put') return this.checkPut(operation);
    if (operation.kind === 'delete' || operation.revision <= 0) return null;
    if (operation.revision > this.current) return 'revision is in the future';
    return operation.revision < this.current ? 'revision is compacted' : null;
  }

  private checkPut(put: PutOperation): StoreError | null {
    if ((put.ignoreValue || put.ignoreLease) && !this.pairs.has(put.key)) return 'key not found';
    return put.lease === 0n ? null : 'lease not found';
  }

  /** The revision as a part of the operation under way sees it. */
  private get seen(): number {
    return this.changed ? this.current + 1 : this.current;
  }

  private run(plan: Plan): Success {
    if (plan.kind === 'multi') {
      const results = plan.parts.map((part) => this.run(part));
      return { kind: 'multi', revision: this.seen, succeeded: plan.succeeded, results };
    }
    const { operation } = plan;
    switch (operation.kind) {
      case 'range':
        return this.range(operation);
      case 'put':
        return this.put(operation);
      case 'delete':
        return this.delete(operation);
    }
  }

  private range(range: RangeOperation): RangeResult {
    const pairs = range.revision > 0 && this.before !== null ? this.before : this.pairs;
    const answer = readRange(pairs, range, this.seen);
    this.charge(answer.pairs);
    return answer;
  }

  /** Before anything is changed: a leaf that does not fit leaves the state as it was. */
  private charge(answered: readonly KeyValue[]): void {
    for (const pair of answered) this.room -= sizeOf(pair);
    if (this.room < 0) throw new AnswerTooLarge();
  }

  private put(put: PutOperation): PutResult {
    const old = this.pairs.get(put.key);
    if (put.previous && old !== undefined) this.charge([old]);
    const revision = this.current + 1;
    const pair: KeyValue = {
      key: put.key,
      value: put.ignoreValue ? (old?.value ?? NO_BYTES) : put.value,
      createRevision: old?.createRevision ?? revision,
      modRevision: revision,
      version: (old?.version ?? 0) + 1,
      lease: put.ignoreLease ? (old?.lease ?? 0n) : put.lease,
    };
    this.pairs.set(put.key, pair);
    this.bytes += sizeOf(pair) - (old === undefined ? 0 : sizeOf(old));
    this.changed = true;
    return { kind: 'put', revision, previous: put.previous ? (old ?? null) : null };
  }

  private delete(operation: DeleteRangeOperation): DeleteRangeResult {
    const doomed = pairsIn(this.pairs, operation.key, operation.rangeEnd);
    if (operation.previous) this.charge(doomed);
    for (const pair of doomed) {
      this.pairs.delete(pair.key);
      this.bytes -= sizeOf(pair);
    }
    if (doomed.length > 0) this.changed = true;
    return {
      kind: 'delete',
      revision: this.seen,
      deleted: doomed.length,
      previous: operation.previous ? doomed : [],
    };
  }
}

/** True where a part answers with pairs, and so may read at the revision before, or answer with too many. */
function readsPairs(plan: Plan): boolean {
  if (plan.kind === 'multi') return plan.parts.some(readsPairs);
  return plan.operation.kind === 'range' || plan.operation.previous;
}
