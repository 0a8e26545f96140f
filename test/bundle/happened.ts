/** What the cell of a bundle must have been through, so that reading it shows something. */
import * as E from 'fp-ts/lib/Either.js';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeLine } from '../../src/trace/format.js';
import { isLast } from './check-bundle.js';
import { kindsOfCommands } from './commands.js';
import type { Bundle } from './format.js';
import { openCell } from './read.js';

/** Steps that rest on files or on what links carried, beside those of each write. */
const ACTIONS = ['Restart', 'HandleCatchUp', 'TakeSnapshot', 'InstallSnapshot', 'GrantLease'];
const RECORDS = ['accept', 'known', 'promise'];
const COMMANDS = ['put', 'delete', 'multi', 'open', 'evict', 'request'];
const VALUES = ['batch', 'configuration', 'mark', 'noop'];

/** What is missing, one line each. */
export function notHappened(folder: string, { replicas, told }: Bundle): readonly string[] {
  const last = replicas.filter((one) => isLast(one, replicas));
  const [first] = last;
  const same = new Set(last.map(({ digest, revision }) => `${digest} ${revision}`)).size === 1;
  const holds: Readonly<Record<string, boolean>> = {
    'three replicas in one state': last.length === 3 && same,
    'a configuration of these three':
      first?.members.join() ===
      last
        .map(({ member }) => member)
        .sort()
        .join(),
    'clean stops, and two snapshots of each': last.every(
      (one) => one.cleanStop && one.snapshots.length === 2,
    ),
    'two logs that were cut': last.filter(({ cutUpTo }) => cutUpTo > 0).length >= 2,
    'one session, and a hand-over': last.every(({ sessions, epoch }) => sessions === 1 && epoch >= 2),
    'a replica that was killed for good, after a start from its files': replicas.some(
      (one) => !last.includes(one) && !one.cleanStop && one.starts === 2 && one.snapshots.length === 0,
    ),
    'a key that was deleted': told.some(({ value }) => value === null),
    'keys that were put again': told.filter(({ version }) => version > 1).length >= 2,
  };
  const records = openCell(folder).flatMap(({ recovery }) => recovery.records);
  const bodies = records.map(({ body }) => body);
  const values = bodies.flatMap((body) => {
    if (body.kind === 'promise') return [];
    return body.kind === 'accept' ? [body.value] : body.values;
  });
  return [
    ...Object.keys(holds).filter((what) => holds[what] !== true),
    ...missing(
      'record',
      RECORDS,
      bodies.map(({ kind }) => kind),
    ),
    ...missing(
      'value',
      VALUES,
      values.map(({ kind }) => kind),
    ),
    ...missing('command', COMMANDS, kindsOfCommands(records)),
    ...missing('event', ACTIONS, actionsIn(join(folder, 'traces'))),
  ];
}

const missing = (what: string, due: readonly string[], found: readonly string[]): readonly string[] =>
  due.filter((one) => !found.includes(one)).map((one) => `no ${what} ${one}`);

function actionsIn(folder: string): readonly string[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ndjson'));
  return files.flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split('\n')
      .flatMap((text) => {
        const read = decodeLine(text);
        return E.isRight(read) && read.right.kind === 'event' ? [read.right.event.action] : [];
      }),
  );
}
