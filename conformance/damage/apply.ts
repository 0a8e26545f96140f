/** Makes the folder of a damaged scenario: its files and expected.json. */
import { join } from 'node:path';
import { beginning, textsOf, type RawScenario, type Spot } from './raw.js';

/** What `decree validate` must say of it. */
export interface Expected {
  readonly verdict: 'rejected' | 'invalid';
  readonly class?: string;
  readonly file?: string;
  /** Counts from 1; the header is line 1. */
  readonly line?: number;
  readonly action?: string;
  /** Part of the reason. */
  readonly reason: string;
}

export interface Damage {
  readonly name: string;
  /** The damage in one sentence. */
  readonly about: string;
  /** The recorded scenario and how many of its events are taken, in causal order. */
  readonly of: string;
  readonly events: number;
  /** Changes the scenario in place. */
  readonly damage: (raw: RawScenario) => Expected;
}

export function damagedFolder(
  root: string,
  { of, events, about, damage }: Damage,
): ReadonlyMap<string, string> {
  const raw = beginning(join(root, of), events);
  const expected = damage(raw);
  const texts = textsOf(raw);
  texts.set('expected.json', `${JSON.stringify({ about, of, ...expected }, null, 2)}\n`);
  return texts;
}

/** A rejection of the event that now stands at a place. Line 1 is the header. */
export function rejectedAt({ file, index }: Omit<Spot, 'event'>, kind: string, reason: string): Expected {
  const action = file.events[index]?.action ?? 'none';
  return { verdict: 'rejected', class: kind, file: file.name, line: index + 2, action, reason };
}
