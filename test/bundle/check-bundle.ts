/** Does today's code read from a bundle's directories what the bundle says is in them? */
import * as E from 'fp-ts/lib/Either.js';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readBirth } from '../../src/runtime/birth.js';
import { sameBirth } from '../../src/runtime/marker.js';
import { decodeResult, encodeOperation } from '../../src/store/codec.js';
import type { RangeOperation } from '../../src/store/operations.js';
import { formatPlace } from '../../src/store/place.js';
import { decodeCommandResult } from '../../src/store/session-codec.js';
import type { Store } from '../../src/store/store.js';
import { requestsIn } from './commands.js';
import { base64, BIRTH, fromBase64, type Bundle, type Repeated, type Summary, type Told } from './format.js';
import { openReplica, type Opened } from './read.js';

/** What is wrong with a bundle's cell, one line each; the first beginning with the replica's directory. */
export function cellFaults(folder: string, bundle: Bundle): readonly string[] {
  const birth = readBirth(join(folder, BIRTH));
  return bundle.replicas.flatMap((summary) => {
    const { directory } = summary;
    try {
      const opened = openReplica(join(folder, 'cell', directory));
      if (!sameBirth(birth, opened.marker.birth)) return [`${directory}: not of the cell of ${BIRTH}`];
      // Whoever was destroyed has not what came later.
      const faults = isLast(summary, bundle.replicas) ? lastFaults(opened.store, bundle) : [];
      return [...summaryFaults(opened.summary, summary), ...faults].map((fault) => `${directory}: ${fault}`);
    } catch (error) {
      return [`${directory}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}

/** Whether the replica has executed all that any of them has. */
export function isLast({ applied }: Summary, all: readonly Summary[]): boolean {
  return all.every((one) => one.applied <= applied);
}

function summaryFaults(found: Summary, due: Summary): readonly string[] {
  return (Object.keys(due) as (keyof Summary)[]).flatMap((name) =>
    isDeepStrictEqual(found[name], due[name])
      ? []
      : [`${name} is ${JSON.stringify(found[name])}, not ${JSON.stringify(due[name])}`],
  );
}

function lastFaults(store: Store, { told, repeated }: Bundle): readonly string[] {
  const wrong = told.filter((one) => !isDeepStrictEqual(tellOf(store, one.key), one));
  const keys = wrong.map(({ key }) => `key ${key} is ${JSON.stringify(tellOf(store, key))}`);
  const again = askAgain(store, repeated.command);
  return again === repeated.answer ? keys : [...keys, `the request sent again is answered ${again}`];
}

/** The answer to a request that is sent once more, as base64; the state but for the last use is the same. */
function askAgain(store: Store, command: string): string {
  const { revision } = store;
  const answer = store.clone().apply(fromBase64(command), { slot: 2 ** 40, index: 0 });
  if (store.revision !== revision) throw new Error('a copy of the store shares what it writes');
  return base64(answer);
}

/** What a store holds of a key, as the running cell tells it. */
export function tellOf(store: Store, key: string): Told {
  const range: RangeOperation = {
    ...{ kind: 'range', key: Buffer.from(key), rangeEnd: new Uint8Array(), limit: 0, revision: 0 },
    ...{ sortOrder: 'none', sortTarget: 'key', keysOnly: false, countOnly: false },
    ...{ minModRevision: 0, maxModRevision: 0, minCreateRevision: 0, maxCreateRevision: 0 },
  };
  const decoded = decodeResult(store.read(encodeOperation(range)));
  if (E.isLeft(decoded) || decoded.right.kind !== 'range') throw new Error(`${key} cannot be read`);
  const [pair] = decoded.right.pairs;
  if (pair === undefined) return { key, value: null, createRevision: 0, modRevision: 0, version: 0 };
  const { value, createRevision, modRevision, version } = pair;
  return { key, value: Buffer.from(value).toString('latin1'), createRevision, modRevision, version };
}

/**
 * The request that put the key, and its answer, which is that of the row: the log has it twice, and a
 * snapshot may cover the first time. Throws where the log has it once, or the cell told its client another
 * answer.
 */
export function repeatedIn({ recovery, executed, store }: Opened, key: string, revision: number): Repeated {
  const asked = requestsIn(recovery.records).filter(({ request: { operation } }) => {
    return operation.kind === 'put' && Buffer.from(operation.key).toString() === key;
  });
  const [first, second] = asked;
  if (first === undefined || second === undefined)
    throw new Error(`the log has ${asked.length} commands that put ${key}`);
  const { session, seq, low } = first.request;
  const command = base64(first.op);
  const answer = askAgain(store, command);
  const result = decodeCommandResult(fromBase64(answer));
  if (E.isLeft(result) || result.right.revision !== revision)
    throw new Error(`the cell answered ${key} with revision ${revision}, its row with another`);
  const ops = asked.map(({ op }) => base64(op));
  const others = executed.filter(({ op }) => ops.includes(base64(op))).map((one) => base64(one.answer));
  if (others.some((one) => one !== answer)) throw new Error(`${key} was answered in two ways`);
  return { session: formatPlace(session), seq, low, command, answer, revision };
}
