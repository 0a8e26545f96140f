/** Today's code goes on from what each version left: it elects, executes, and answers what is asked again. */
import * as E from 'fp-ts/lib/Either.js';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Answer, Disk } from '../../src/driver/ports.js';
import { logDirectory, readMarker } from '../../src/runtime/marker.js';
import { realFiles } from '../../src/runtime/real-files.js';
import { SimClock } from '../../src/sim/clock.js';
import { SimNetwork } from '../../src/sim/network.js';
import { SimRandom } from '../../src/sim/random.js';
import { WriteAheadLog } from '../../src/storage/log.js';
import { readLog } from '../../src/storage/recover.js';
import { settle } from '../../src/storage/settle.js';
import { encodeOperation } from '../../src/store/codec.js';
import { decodeCommandResult } from '../../src/store/session-codec.js';
import { temporary } from '../runtime/temporary.js';
import { isLast } from './check-bundle.js';
import { base64, FIXTURES, fromBase64, readBundle, versions, type Bundle } from './format.js';
import { openReplica, type Opened } from './read.js';

const CALM = { minMs: 1, maxMs: 2, lossPerMille: 0, duplicatePerMille: 0, reorder: false };

/** The replicas that were stopped, from their directories, on a clock and links of the simulator. */
class Revived {
  readonly clock = new SimClock();
  readonly members: readonly Opened[];

  constructor(folder: string, { replicas }: Bundle) {
    const random = new SimRandom(1);
    const net = new SimNetwork(this.clock, random.fork('links'), { ...CALM, tailPerMille: 0, tailMs: 0 });
    this.members = replicas
      .filter((one) => isLast(one, replicas))
      .map(({ directory, member }) => {
        const transport = net.transport(member);
        const own = { clock: this.clock, random: random.fork(member), disk: this.disk(), transport };
        const opened = openReplica(join(folder, 'cell', directory), own);
        const { replica } = opened;
        net.attach(member, {
          start: opened.recovery.lastStart + 1,
          receive: (from, frame) => replica.receive(from, frame),
          linkBroke: (to) => replica.linkBroke(to),
        });
        return opened;
      });
    for (const { replica } of this.members) replica.run();
  }

  /** What is appended here need not outlast the test. */
  private disk(): Disk {
    const { clock } = this;
    return {
      append: () => undefined,
      sync: (done) => void clock.after(1, () => done(null)),
      cut: () => undefined,
    };
  }

  ask(op: Uint8Array): Answer {
    const box: { answer: Answer | null } = { answer: null };
    this.members[0]?.replica.submit(op, (answer) => {
      box.answer = answer;
    });
    this.clock.runUntil(() => box.answer !== null, 10_000);
    if (box.answer === null) throw new Error('no answer within 10 s');
    return box.answer;
  }
}

const put = (key: string, value: string): Uint8Array =>
  encodeOperation({
    ...{ kind: 'put', key: Buffer.from(key), value: Buffer.from(value), lease: 0n },
    ...{ previous: false, ignoreValue: false, ignoreLease: false },
  });

describe.each(versions())('a cell of %s', (version) => {
  const bundle = readBundle(join(FIXTURES, version));

  it('goes on: what is asked again is answered as before, what is new is executed everywhere', () => {
    const cell = new Revived(join(FIXTURES, version), bundle);
    expect(cell.members).toHaveLength(3);
    const { command, answer } = bundle.repeated;
    const again = cell.ask(fromBase64(command));
    expect(again.ok && base64(again.result)).toBe(answer);
    const epochs = bundle.replicas.map(({ epoch }) => epoch);
    expect(again.ok && again.epoch).toBeGreaterThan(Math.max(...epochs));
    const revision = Math.max(...bundle.replicas.map((one) => one.revision));
    const asked = cell.ask(put('new', 'value'));
    const result = asked.ok ? decodeCommandResult(asked.result) : E.left('no answer');
    expect(result).toMatchObject({ right: { kind: 'put', revision: revision + 1 } });
    cell.clock.run(1_000);
    expect(new Set(cell.members.map(({ store }) => store.digest())).size).toBe(1);
    expect(cell.members.map(({ store }) => store.revision)).toEqual([0, 0, 0].map(() => revision + 1));
  });

  it.each(readdirSync(join(FIXTURES, version, 'cell')))('the log of %s is written on', (name) => {
    const directory = join(temporary(), name);
    cpSync(join(FIXTURES, version, 'cell', name), directory, { recursive: true });
    const log = logDirectory(directory);
    const { cell, member, starts } = readMarker(directory);
    const before = readLog(realFiles, log, { cell, member }, starts);
    const onFatal = (error: Error): never => {
      throw error;
    };
    const settled = settle(realFiles, log, before);
    const options = { files: realFiles, segmentBytes: 4_096, onFatal };
    const opened = new WriteAheadLog(log, { cell, member }, settled, options);
    const [last] = before.records.slice(-1);
    if (last === undefined) throw new Error('the log is empty');
    const next = { ...last, event: { start: opened.start, seq: 0 } };
    opened.append([next]);
    expect(opened.close()).toBe(true);
    const after = readLog(realFiles, log, { cell, member }, opened.start);
    expect(after).toMatchObject({ lastStart: before.lastStart + 1, cleanStop: true, cut: null });
    expect(after.records).toEqual([...before.records, next]);
  });
});
