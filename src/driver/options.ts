/**
 * What can be set about one replica's process. Constants of the cell (alpha, lease) are in its birth
 * record.
 */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { DecreeError } from '../errors.js';

export interface ReplicaOptions {
  /** A leader repeats its last Chosen this often. */
  readonly heartbeatMs: number;
  /** A replica that heard no leader for a time drawn from this range campaigns. */
  readonly electionMinMs: number;
  readonly electionMaxMs: number;
  /** A request that has no answer by then is answered 'timed out'. */
  readonly requestTimeoutMs: number;
  /**
   * A request that finds no leader waits so long for one before it is answered 'no leader'; 0: not at all.
   */
  readonly leaderWaitMs: number;
  /** The most commands, and bytes of them, in one batch. A single larger command makes a batch of its own. */
  readonly batchCommands: number;
  readonly batchBytes: number;
  /** The most requests that wait for an answer at one replica. */
  readonly pendingLimit: number;
  /** The leader ends client sessions that were not used for so long, and the oldest beyond so many. */
  readonly sessionSilenceMs: number;
  readonly sessionLimit: number;
  /** A snapshot is begun when so many slots were executed, or bytes of log written, since the last. */
  readonly snapshotSlots: number;
  readonly snapshotBytes: number;
  /** It is written in slices, of so many bytes or 2 ms, and between two of them so many ms of rest. */
  readonly sliceBytes: number;
  readonly sliceRestMs: number;
  /** A snapshot is sent to who lacks it in pieces of so many bytes. */
  readonly chunkBytes: number;
  /** Every so many events the trace carries the full state. */
  readonly fullTraceEvery: number;
}

export const DEFAULT_OPTIONS: ReplicaOptions = {
  heartbeatMs: 100,
  electionMinMs: 500,
  electionMaxMs: 1_000,
  requestTimeoutMs: 4_000,
  leaderWaitMs: 2_000,
  batchCommands: 1_000,
  batchBytes: 1 << 20,
  pendingLimit: 10_000,
  sessionSilenceMs: 3_600_000,
  sessionLimit: 10_000,
  snapshotSlots: 100_000,
  snapshotBytes: 64 << 20,
  sliceBytes: 64 << 10,
  sliceRestMs: 1,
  chunkBytes: 256 << 10,
  fullTraceEvery: 1_000,
};

const whole = (min: number, max: number): t.Type<number> => {
  const is = (u: unknown): u is number => Number.isInteger(u) && (u as number) >= min && (u as number) <= max;
  const wanted = `a whole number from ${min} to ${max}`;
  return new t.Type(wanted, is, (u, c) => (is(u) ? t.success(u) : t.failure(u, c)), t.identity);
};

const HOUR = 3_600_000;
const FIELDS = {
  heartbeatMs: whole(1, HOUR),
  electionMinMs: whole(2, HOUR),
  electionMaxMs: whole(2, HOUR),
  requestTimeoutMs: whole(1, HOUR),
  leaderWaitMs: whole(0, HOUR),
  batchCommands: whole(1, 100_000),
  batchBytes: whole(1, 1 << 24),
  pendingLimit: whole(1, 1_000_000),
  sessionSilenceMs: whole(100, 720 * HOUR),
  sessionLimit: whole(1, 1_000_000),
  snapshotSlots: whole(1, 1_000_000_000),
  snapshotBytes: whole(1, 2 ** 40),
  sliceBytes: whole(1, 1 << 24),
  sliceRestMs: whole(0, HOUR),
  chunkBytes: whole(16, 16 << 20),
  fullTraceEvery: whole(1, 1_000_000),
} satisfies Record<keyof ReplicaOptions, t.Type<number>>;

/** Any of the options; those that are absent have their defaults. */
const OptionsCodec = t.exact(t.partial(FIELDS), 'ReplicaOptions');

const refuse = (field: string, problem: string): never => {
  throw new DecreeError('usage', `option ${field}: ${problem}`);
};

/** Reads options from outside; a DecreeError names the field that is wrong. */
export function replicaOptions(given: unknown): ReplicaOptions {
  const read = OptionsCodec.decode(given);
  if (E.isLeft(read)) {
    const context = read.left[0]?.context ?? [];
    const last = context.at(-1);
    const shown = JSON.stringify(last?.actual) ?? String(last?.actual);
    return refuse(last?.key ?? '', `must be ${last?.type.name ?? 'valid'}, not ${shown}`);
  }
  const unknown = Object.keys(given as object).find((key) => !(key in FIELDS));
  if (unknown !== undefined) {
    return refuse(unknown, `there is no such option; there are ${Object.keys(FIELDS).join(', ')}`);
  }
  const present = Object.entries(read.right).filter(([, value]) => value !== undefined);
  const options: ReplicaOptions = { ...DEFAULT_OPTIONS, ...Object.fromEntries(present) };
  const { heartbeatMs, electionMinMs, electionMaxMs } = options;
  if (electionMaxMs < electionMinMs) {
    return refuse('electionMaxMs', `must be at least electionMinMs (${electionMinMs}), not ${electionMaxMs}`);
  }
  if (electionMinMs <= heartbeatMs) {
    return refuse('electionMinMs', `must be above heartbeatMs (${heartbeatMs}), not ${electionMinMs}`);
  }
  return options;
}
