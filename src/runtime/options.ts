/** What can be set about a serving process, in one flat JSON object; what is absent has its default. */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { DEFAULT_OPTIONS, replicaOptions, type ReplicaOptions } from '../driver/options.js';
import { DecreeError } from '../errors.js';
import type { Birth } from '../core/types.js';
import { WINDOW_BYTES } from './tcp/frames.js';
import { LINK_DEFAULTS, type LinkOptions } from './tcp/outgoing.js';
import { SEGMENT_BYTES } from '../storage/log.js';

export interface ProcessOptions {
  readonly replica: ReplicaOptions;
  readonly links: LinkOptions;
  /** A segment of the log is closed when it reached this size. */
  readonly segmentBytes: number;
  /** How many lines the ring of `--trace ring` keeps. */
  readonly traceRingLines: number;
  readonly logLevel: string;
}

const LEVELS = { trace: null, debug: null, info: null, warn: null, error: null, fatal: null, silent: null };

const whole = (min: number, max: number): t.Type<number> => {
  const is = (u: unknown): u is number => Number.isInteger(u) && (u as number) >= min && (u as number) <= max;
  const wanted = `a whole number from ${min} to ${max}`;
  return new t.Type(wanted, is, (u, c) => (is(u) ? t.success(u) : t.failure(u, c)), t.identity);
};

const HOUR = 3_600_000;
/** A start reads a segment in one piece: Node allows 2 GiB, and the last group may go beyond the size. */
const LARGEST_SEGMENT = 2 ** 30;
const FIELDS = {
  backoffMinMs: whole(1, HOUR),
  backoffMaxMs: whole(1, HOUR),
  silenceMs: whole(1, HOUR),
  pingMs: whole(1, HOUR),
  queueFrames: whole(1, 1_000_000),
  queueBytes: whole(1 << 16, 2 ** 32),
  segmentBytes: whole(1 << 12, LARGEST_SEGMENT),
  traceRingLines: whole(1, 10_000_000),
  logLevel: t.keyof(LEVELS, `one of ${Object.keys(LEVELS).join(', ')}`),
} satisfies Record<keyof LinkOptions | 'segmentBytes' | 'traceRingLines' | 'logLevel', t.Mixed>;

const codec = t.partial(FIELDS);

const NAMES = [...Object.keys(FIELDS), ...Object.keys(DEFAULT_OPTIONS)];

/**
 * Reads options from outside; a DecreeError names the field that is wrong. `where` is a file or an
 * argument.
 */
export function processOptions(given: unknown, where: string): ProcessOptions {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new DecreeError('usage', `${where}: the options must be one JSON object`);
  }
  const unknown = Object.keys(given).find((key) => !NAMES.includes(key));
  if (unknown !== undefined) {
    throw new DecreeError('usage', `${where}: there is no option ${unknown}; there are ${NAMES.join(', ')}`);
  }
  const entries = Object.entries(given);
  const decoded = codec.decode(Object.fromEntries(entries.filter(([key]) => key in FIELDS)));
  if (E.isLeft(decoded)) {
    const last = decoded.left[0]?.context.at(-1);
    const shown = JSON.stringify(last?.actual);
    throw new DecreeError('usage', `${where}: option ${last?.key} must be ${last?.type.name}, not ${shown}`);
  }
  const replica = asReplicaOptions(Object.fromEntries(entries.filter(([key]) => !(key in FIELDS))), where);
  const { segmentBytes, traceRingLines, logLevel, ...links } = decoded.right;
  return {
    replica,
    links: { ...LINK_DEFAULTS, ...links },
    segmentBytes: segmentBytes ?? SEGMENT_BYTES,
    traceRingLines: traceRingLines ?? 10_000,
    logLevel: logLevel ?? 'info',
  };
}

/** Where a window of full batches would not fit into one frame, a DecreeError names both fields. */
export function checkWindow({ alpha }: Birth, { batchBytes }: ReplicaOptions): void {
  if (alpha * batchBytes <= WINDOW_BYTES) return;
  const most = Math.floor(WINDOW_BYTES / alpha);
  throw new DecreeError(
    'usage',
    `alpha × batchBytes is ${alpha} × ${batchBytes}, above ${WINDOW_BYTES}, so the votes of a window would ` +
      'not fit into one frame: alpha is in the birth record for good; ' +
      `set the option batchBytes to at most ${most}`,
  );
}

/**
 * A lease runs out before the shortest election timeout, so that a dead master is not waited for; and it
 * outlasts the heartbeat that renews it. Otherwise a DecreeError names both fields.
 */
export function checkLease({ leaseMs }: Birth, options: ReplicaOptions): void {
  const { electionMinMs, heartbeatMs } = options;
  const constant = 'leaseMs is in the birth record for good';
  if (electionMinMs <= leaseMs)
    throw new DecreeError(
      'usage',
      `electionMinMs is ${electionMinMs} and the lease ${leaseMs} ms: ${constant}; ` +
        `set the option electionMinMs above it`,
    );
  if (heartbeatMs >= leaseMs)
    throw new DecreeError(
      'usage',
      `heartbeatMs is ${heartbeatMs} and the lease ${leaseMs} ms: ${constant}; ` +
        `set the option heartbeatMs below it, so that it is renewed in time`,
    );
}

function asReplicaOptions(given: object, where: string): ReplicaOptions {
  try {
    return replicaOptions(given);
  } catch (error) {
    if (error instanceof DecreeError) throw new DecreeError(error.exit, `${where}: ${error.message}`);
    throw error;
  }
}
