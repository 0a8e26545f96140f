/**
 * A scenario while it runs: a cell, the clients' writes and their answers, and what its traces must show.
 * Each scenario states floors, so that one in which nothing happened fails instead of proving nothing.
 */
import { compareBallots, parseBallot } from '../core/index.js';
import type { Answer } from '../driver/ports.js';
import { decodeLine, type TraceEvent } from '../trace/format.js';
import { SimCell, type CellSetup } from './cell.js';
import type { SimProcess } from './node.js';

/** An event with the file that it is in. */
export interface Recorded {
  readonly file: string;
  readonly event: TraceEvent;
}

interface Write {
  readonly process: SimProcess;
  answer: Answer | null;
}

/** How long anything may take, in virtual milliseconds. */
const LIMIT_MS = 30_000;

export class Rehearsal {
  readonly cell: SimCell;
  private readonly writes: Write[] = [];
  private recorded: readonly Recorded[] | null = null;
  /** With planted mistakes anything may fail, and the floors say nothing. */
  private readonly lenient: boolean;

  constructor(
    readonly name: string,
    setup: CellSetup,
  ) {
    this.lenient = Object.values(setup.faults ?? {}).some((planted) => planted);
    this.cell = new SimCell(setup).start();
    this.awaitLeader();
  }

  /** Waits until a running member other than `not` leads and knows it; gives its name. */
  awaitLeader(not?: string): string {
    this.must('a leader is elected', () => this.leader(not) !== null);
    return this.leader(not) ?? this.cell.up[0] ?? '';
  }

  private leader(not?: string): string | null {
    const leader = this.cell.leader();
    return leader === not ? null : leader;
  }

  /** A running member that does not lead. */
  follower(): string {
    const leader = this.cell.leader();
    const found = this.cell.up.find((name) => name !== leader);
    if (found === undefined) throw new Error(`${this.name}: no follower is up`);
    return found;
  }

  /** Submits writes to the named member, `gapMs` apart, and does not wait for their answers. */
  write(to: string, count: number, gapMs: number): void {
    for (let i = 0; i < count; i++) {
      const write: Write = { process: this.cell.process(to), answer: null };
      this.writes.push(write);
      this.cell.submit(to, `write ${this.writes.length}`, (answer) => {
        write.answer = answer;
      });
      if (gapMs > 0) this.cell.run(gapMs);
    }
  }

  /** Puts a read to the named member, and does not wait for its answer. */
  read(from: string): void {
    this.cell.node(from).submit(Uint8Array.of(0), () => undefined, undefined, true);
  }

  /** Waits until every write has its answer, but those whose process was killed. */
  settle(): void {
    const running = (write: Write): boolean =>
      this.cell.up.some((name) => this.cell.process(name) === write.process);
    this.must('every write is answered', () =>
      this.writes.every((write) => write.answer !== null || !running(write)),
    );
  }

  /** Waits until all running members know and executed the same slots. */
  converge(): void {
    this.must('all running members know the same', () => {
      const prefixes = this.cell.up.map((name) => this.cell.process(name).replica.inspect());
      const longest = Math.max(...prefixes.map(({ prefix }) => prefix));
      return prefixes.every(({ prefix, applied }) => prefix === longest && applied === longest);
    });
  }

  must(what: string, condition: () => boolean): void {
    if (!this.cell.runUntil(condition, LIMIT_MS) && !this.lenient) {
      throw new Error(`scenario ${this.name}: not within ${LIMIT_MS} ms: ${what}`);
    }
  }

  acknowledged(): number {
    return this.writes.filter(({ answer }) => answer?.ok === true).length;
  }

  /** Ends the run in peace. */
  finish(): this {
    for (const name of this.cell.names) {
      const [error] = this.cell.node(name).fatal;
      if (error !== undefined && !this.lenient)
        throw new Error(`scenario ${this.name}: ${name} stopped: ${error.message}`);
    }
    this.cell.finish();
    this.recorded = this.lenient ? [] : readEvents(this.cell.folder());
    return this;
  }

  /** Fails unless there are so many of them. */
  floor(least: number, what: string, found: number | readonly unknown[]): this {
    const count = typeof found === 'number' ? found : found.length;
    if (count < least && !this.lenient)
      throw new Error(`scenario ${this.name}: ${count} of ${what}, at least ${least} wanted`);
    return this;
  }

  events(
    action?: TraceEvent['action'],
    where: (event: TraceEvent) => boolean = () => true,
  ): readonly Recorded[] {
    const all = this.recorded ?? [];
    return all.filter(({ event }) => (action === undefined || event.action === action) && where(event));
  }

  /** Proposals of a value that was proposed in the same slot at a lower ballot before. */
  reproposals(): readonly Recorded[] {
    const proposals = this.events('Propose', ({ value }) => value !== 'noop');
    return proposals.filter(({ event }) =>
      proposals.some(
        ({ event: other }) =>
          other.slot === event.slot && other.value === event.value && below(other.ballot, event.ballot),
      ),
    );
  }

  /** How many ballots a leader was made in. */
  ballotsThatLed(): number {
    return new Set(this.events('BecomeLeader').map(({ event }) => event.ballot)).size;
  }

  /** How many steps the largest Persist covered. */
  largestPersist(): number {
    let waiting = 0;
    let largest = 0;
    for (const { event } of this.events()) {
      if (event.action === 'Restart') waiting = 0;
      const after = event.post.waiting ?? waiting;
      if (event.action === 'Persist') largest = Math.max(largest, waiting - after);
      waiting = after;
    }
    return largest;
  }
}

const below = (a = '', b = ''): boolean => compareBallots(parseBallot(a) ?? null, parseBallot(b) ?? null) < 0;

/** The events of a scenario folder, file by file. */
export function readEvents(folder: ReadonlyMap<string, string>): readonly Recorded[] {
  return [...folder].flatMap(([file, text]) =>
    file.endsWith('.ndjson') ? text.split('\n').flatMap((line) => readEvent(file, line)) : [],
  );
}

function readEvent(file: string, line: string): readonly Recorded[] {
  if (line === '') return [];
  const read = decodeLine(line);
  if (read._tag === 'Left') throw new Error(`${file}: ${read.left}: ${line.slice(0, 200)}`);
  return read.right.kind === 'event' ? [{ file, event: read.right.event }] : [];
}
