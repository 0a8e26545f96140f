/** A recorded scenario in a form that can be damaged: its files as lists of JSON objects. */
import type { Header, TraceEvent } from '../../src/trace/format.js';
import { causalOrder } from '../merge/order.js';
import { readScenario, type Manifest } from '../merge/scenario.js';

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
export type RawEvent = Mutable<TraceEvent> & { post: Mutable<TraceEvent['post']> };

export interface RawFile {
  readonly name: string;
  header: Mutable<Header>;
  events: RawEvent[];
  /** Null writes no end line. */
  end: { kind: 'end'; events: number } | null;
  /** Replaces the whole text, once all else is done. */
  text?: (text: string) => string;
}

export interface RawScenario {
  manifest: Mutable<Manifest>;
  files: RawFile[];
}

/** An event of a raw scenario and where it stands. */
export interface Spot {
  readonly file: RawFile;
  readonly index: number;
  readonly event: RawEvent;
}

/** The first `count` events of a recorded scenario in causal order, as if all had stopped in peace there. */
export function beginning(folder: string, count: number): RawScenario {
  const scenario = readScenario([folder]);
  const taken = new Map<string, number>();
  for (const { file } of causalOrder(scenario).slice(0, count)) {
    taken.set(file.path, (taken.get(file.path) ?? 0) + 1);
  }
  const files: RawFile[] = [];
  for (const starts of scenario.starts.values()) {
    for (const { path, header, events, ended } of starts) {
      const some = taken.get(path) ?? 0;
      if (some === 0 && header.start > 1) continue;
      const kept = events.slice(0, some).map(({ event }) => structuredClone(event) as RawEvent);
      const whole = some === events.length;
      const end = ended || !whole ? { kind: 'end' as const, events: kept.length } : null;
      const name = path.slice(folder.length + 1);
      files.push({ name, header: structuredClone(header), events: kept, end });
    }
  }
  const { cell, members } = scenario;
  const last = files.filter((file, i) => files[i + 1]?.header.member !== file.header.member);
  const killed = last.filter(({ end }) => end === null).map(({ name }) => name);
  return {
    manifest: { version: 1, cell, members: [...members], files: files.map(({ name }) => name), killed },
    files,
  };
}

/** The texts of the files, the manifest first. */
export function textsOf({ manifest, files }: RawScenario): Map<string, string> {
  const texts = new Map([['manifest.json', `${JSON.stringify(manifest, null, 2)}\n`]]);
  for (const { name, header, events, end, text } of files) {
    const lines = [header, ...events, ...(end === null ? [] : [end])];
    const plain = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    texts.set(name, text === undefined ? plain : text(plain));
  }
  return texts;
}

/** The n-th event (from 0) that satisfies the condition, over the files in their order. */
export function find(raw: RawScenario, wanted: (event: RawEvent) => boolean, n = 0): Spot {
  let left = n;
  for (const file of raw.files) {
    for (const [index, event] of file.events.entries()) {
      if (wanted(event) && left-- === 0) return { file, index, event };
    }
  }
  throw new Error('the recorded scenario has no such event');
}

/** The next event of the same file after `index` that satisfies the condition. */
export function findAfter({ file, index }: Spot, wanted: (event: RawEvent) => boolean): Spot {
  const found = file.events.findIndex((event, at) => at > index && wanted(event));
  const event = file.events[found];
  if (event === undefined) throw new Error('the recorded scenario has no such event behind it');
  return { file, index: found, event };
}

/** Added to the seq of a dropped event, where something still names it. */
const GONE = 1_000_000;

/** Whether an id is that of a dropped event. */
export function isGone(id: string): boolean {
  return Number(id.split('/')[2]) >= GONE;
}

/**
 * Puts the events of a file in another order, or drops some, and numbers them anew without a gap: seqs, ids
 * and what names them, in all files. `order` lists old indices. Ids of dropped events name nothing any more.
 */
export function reorder(raw: RawScenario, file: RawFile, order: readonly number[]): void {
  const seqs = new Map(order.map((from, to) => [from, to]));
  file.events = order.flatMap((from) => file.events[from] ?? []);
  renumber(raw, file, (seq) => seqs.get(seq) ?? GONE + seq);
}

/** With one more event at a place, which makes and releases nothing. */
export function insert(raw: RawScenario, { file, index }: Omit<Spot, 'event'>, event: RawEvent): void {
  file.events.splice(index, 0, event);
  renumber(raw, file, (seq) => (seq < index ? seq : seq + 1));
}

/** Seqs from the places of a file's events, and the new ones in all that names them, in all files. */
function renumber(raw: RawScenario, file: RawFile, seqOf: (seq: number) => number): void {
  const { member, start } = file.header;
  const prefix = `${member}/${start}/`;
  const rename = (id: string): string => {
    if (!id.startsWith(prefix)) return id;
    const [seq, n] = id.slice(prefix.length).split('/');
    // A snapshot is named by its slot.
    if (seq === 'snapshot') return id;
    return `${prefix}${seqOf(Number(seq))}/${n ?? ''}`;
  };
  for (const [seq, event] of file.events.entries()) {
    event.seq = seq;
    if (event.persisted !== undefined) event.persisted = seqOf(event.persisted);
  }
  for (const other of raw.files) {
    for (const event of other.events) {
      for (const key of ['from', 'made', 'released'] as const) {
        const ids = event[key];
        if (ids !== undefined) event[key] = ids.map(rename);
      }
      const { recovered } = event;
      if (other.header.member === member && recovered?.start === start) {
        event.recovered = { start, seq: seqOf(recovered.seq) };
      }
    }
  }
  if (file.end !== null) file.end.events = file.events.length;
}

/** Without one event. */
export function drop(raw: RawScenario, { file, index }: Spot): void {
  reorder(
    raw,
    file,
    file.events.map((_, i) => i).filter((i) => i !== index),
  );
}

/** With two events of a file in each other's place. */
export function swap(raw: RawScenario, file: RawFile, a: number, b: number): void {
  const order = file.events.map((_, i) => (i === a ? b : i === b ? a : i));
  reorder(raw, file, order);
}
