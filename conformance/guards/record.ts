/** spec/guards.json: what the removal of each guard leads to, and spec/guards-notes.json: why that may be. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as t from 'io-ts';
import { decode } from '../models/codec.js';
import type { Guards } from './enumerate.js';

const Killed = t.type({
  outcome: t.literal('killed'),
  /** The model that fails, and the invariant or property. */
  model: t.string,
  violates: t.string,
  /** Distinct states when it failed. */
  states: t.number,
});
const Implied = t.type({
  outcome: t.literal('implied'),
  /** How many models take the guard, each with the same states and steps without it. */
  models: t.number,
});
const Survived = t.type({
  outcome: t.literal('survived'),
  models: t.number,
  /** A model in which there are more steps without the guard; empty where no model takes it. */
  more: t.string,
});
/** No model fails, and TLC could not evaluate one, or did not end in time. */
const Error = t.type({ outcome: t.literal('error'), model: t.string, error: t.string });
const Timeout = t.type({ outcome: t.literal('timeout'), model: t.string });
/** In the list, and not removed yet: a run was ended before. */
const Untried = t.type({ outcome: t.literal('untried') });

const OutcomeCodec = t.union([Killed, Implied, Survived, Error, Timeout, Untried]);
const RecordCodec = t.type({
  guards: t.record(t.string, OutcomeCodec),
  passedOver: t.array(t.string),
  unreached: t.array(t.string),
});
const NotesCodec = t.record(t.string, t.string);

export type Outcome = t.TypeOf<typeof OutcomeCodec>;
export type GuardsRecord = t.TypeOf<typeof RecordCodec>;
export type Notes = Readonly<Record<string, string>>;
export const OutcomesCodec = t.record(t.string, OutcomeCodec);

const FILE = 'guards.json';

export function readRecord(folder: string): GuardsRecord {
  const file = join(folder, FILE);
  if (!existsSync(file)) return { guards: {}, passedOver: [], unreached: [] };
  return decode(RecordCodec, file);
}

/** The outcomes of all guards that there are, in their order; those of other guards are dropped. */
export function writeRecord(
  { guards, passedOver, unreached }: Guards,
  outcomes: ReadonlyMap<string, Outcome>,
  folder: string,
): GuardsRecord {
  const known = guards.map(({ id }) => [id, outcomes.get(id) ?? { outcome: 'untried' as const }] as const);
  const record: GuardsRecord = {
    guards: Object.fromEntries(known),
    passedOver: passedOver.map(({ id }) => id),
    unreached: [...unreached],
  };
  writeFileSync(join(folder, FILE), `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

/**
 * By the name of a guard: why it may be implied, why nothing but an error of TLC shows that it is needed, or,
 * after `open:`, what model is still missing where none fails without it.
 */
export function readNotes(folder: string): Notes {
  const file = join(folder, 'guards-notes.json');
  return existsSync(file) ? decode(NotesCodec, file) : {};
}

/** How the record differs from the guards that there are, by name. */
export function recordDifferences(record: GuardsRecord, guards: Guards): string[] {
  const lists: (readonly [kind: string, recorded: readonly string[], present: readonly string[]])[] = [
    ['guard', Object.keys(record.guards), guards.guards.map(({ id }) => id)],
    ['conjunct that is passed over', record.passedOver, guards.passedOver.map(({ id }) => id)],
    ['definition that no Next reaches', record.unreached, guards.unreached],
  ];
  return lists.flatMap(([kind, recorded, present]) => [
    ...present.filter((id) => !recorded.includes(id)).map((id) => `new ${kind}: ${id}`),
    ...recorded.filter((id) => !present.includes(id)).map((id) => `no longer a ${kind}: ${id}`),
  ]);
}

/** Begins the note on a guard that no model needs yet. */
export const OPEN = 'open: ';

/**
 * Begins the note on a conjunct of what fairness demands: nothing can fail without it, since then more is
 * assumed of the world.
 */
export const ASSUMPTION = 'assumption: ';

/** What is wrong with the outcomes themselves: a guard that nothing needs, an error that nobody explained. */
export function faults(guards: GuardsRecord['guards'], notes: Notes): string[] {
  return [
    ...Object.entries(guards).flatMap(([id, { outcome }]) => {
      if (outcome === 'killed' || outcome === 'implied') return [];
      if (outcome === 'error')
        return id in notes ? [] : [`error without a reason in guards-notes.json: ${id}`];
      const noted = [OPEN, ASSUMPTION].some((begin) => notes[id]?.startsWith(begin) === true);
      return noted && outcome === 'survived' ? [] : [`${outcome}: ${id}`];
    }),
    ...Object.keys(notes).flatMap((id) => (id in guards ? [] : [`a note on no guard: ${id}`])),
  ];
}

export function readGuardsTable(folder: string): string {
  const file = join(folder, 'GUARDS.md');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

export function writeGuardsTable(text: string, folder: string): void {
  writeFileSync(join(folder, 'GUARDS.md'), text);
}
