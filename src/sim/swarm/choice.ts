/**
 * What a batch of seeds runs: which seeds, and under which settings. The seeds of a batch are dealt to its
 * shards in turn, so that shards that run beside each other are equally far.
 */
import { DecreeError } from '../../errors.js';
import { KNOB_NAMES, KNOBS, settings, standardSettings, type KnobName, type Settings } from './knobs.js';
import { settingsOf } from './run.js';

/** drawn: each seed draws its own; default: those of the table; none: a cell in good weather. */
export const FAULT_MODES = ['drawn', 'default', 'none'] as const;
export type FaultMode = (typeof FAULT_MODES)[number];

/** Knobs that are the same for all seeds, whatever they draw. */
export type Overrides = Partial<Record<KnobName, number>>;

export interface Plan {
  readonly start: number;
  /** How many in all shards together; null: as many as there is time for. */
  readonly seeds: number | null;
  /** `index` is 1 to `of`. */
  readonly shard: { readonly index: number; readonly of: number };
  readonly faults: FaultMode;
  readonly set: Overrides;
  /** One seed in so many is replayed by TLC; 0: none. */
  readonly validate: number;
}

/** Seeds are below this. */
export const SEED_LIMIT = 2 ** 32;

/** How many seeds the plan's shard has; Infinity without a number of seeds. */
export function shardSize({ seeds, shard }: Plan): number {
  return seeds === null ? Infinity : Math.max(0, Math.ceil((seeds - shard.index + 1) / shard.of));
}

/** The n-th seed of the shard, from 0 on. */
export function seedAt({ start, shard }: Plan, n: number): number {
  return start + shard.index - 1 + n * shard.of;
}

/** Whether TLC replays this seed: it depends on the seed alone, not on the shards. */
export function isSampled({ validate }: Plan, seed: number): boolean {
  return validate > 0 && seed % validate === 1 % validate;
}

/** How long or how much a fault of the knob's kind is, by the knob that says how often. */
const MEASURES: Partial<Record<KnobName, readonly KnobName[]>> = {
  bursts: ['burstSize'],
  tailPerMille: ['tailMs'],
  partitions: ['linkFaultMs'],
  isolations: ['linkFaultMs'],
  oneWayCuts: ['linkFaultMs'],
  partialMeshes: ['linkFaultMs'],
  cloggedLinks: ['linkFaultMs'],
  crashes: ['downMs'],
  effectCrashes: ['downMs'],
  massCrashes: ['downMs'],
  pauses: ['pauseMs'],
  slowdowns: ['pauseMs', 'slowTurnMs'],
  slowSyncs: ['slowSyncMs', 'diskFaultMs'],
  fullDisks: ['diskFaultMs'],
  clockJumps: ['clockJumpMs'],
  suspensions: ['suspensionMs'],
  changes: ['newMachines'],
  longSilences: ['sessionsPerMille'],
};

/**
 * The settings of a seed. A fault that is switched on by name lasts as long as under the default faults where
 * the seed has no length for it.
 */
export function settingsFor({ faults, set }: Pick<Plan, 'faults' | 'set'>, seed: number): Settings {
  const base = baseSettings(faults, seed);
  const needed = new Set(
    KNOB_NAMES.filter((name) => (set[name] ?? 0) > 0).flatMap((name) => MEASURES[name] ?? []),
  );
  return settings((name) => {
    const value = set[name] ?? base[name];
    return value === 0 && set[name] === undefined && needed.has(name) ? KNOBS[name].standard : value;
  });
}

/** The plan with the fewest options that leads to these settings for the seed. */
export function planOfSettings(wanted: Settings, seed: number): Pick<Plan, 'faults' | 'set'> {
  const plans = FAULT_MODES.map((faults) => {
    const set: Overrides = {};
    // A fault that is set may bring a length, which is known only in the next round.
    for (;;) {
      const led = settingsFor({ faults, set }, seed);
      const wrong = KNOB_NAMES.filter((name) => led[name] !== wanted[name]);
      if (wrong.length === 0) return { faults, set };
      for (const name of wrong) set[name] = wanted[name];
    }
  });
  const options = ({ set }: (typeof plans)[number]): number => Object.keys(set).length;
  return plans.reduce((best, plan) => (options(plan) < options(best) ? plan : best));
}

function baseSettings(faults: FaultMode, seed: number): Settings {
  switch (faults) {
    case 'drawn':
      return settingsOf(seed);
    case 'default':
      return standardSettings();
    case 'none':
      return settings((name) => KNOBS[name].off);
  }
}

/** The least and the most that a knob can be set to. */
export function limitsOf(name: KnobName): readonly [number, number] {
  if (name === 'safetySeconds') return [1, 86_400];
  const { off, standard, range, what } = KNOBS[name];
  const [least, most] = range;
  const beyond = what.includes('per 1,000 s') ? 10_000 : 0;
  return [Math.min(off, standard, least), Math.max(off, standard, most, beyond)];
}

/** Reads `knob=value`, as often as given. Throws DecreeError: which one, and what it may be. */
export function parseOverrides(pairs: readonly string[]): Overrides {
  const set: Overrides = {};
  for (const pair of pairs) {
    const [name = '', text = '', ...more] = pair.split('=');
    if (text === '' || more.length > 0) throw usage(`${pair} is not knob=value`);
    if (!isKnob(name)) throw usage(`there is no knob ${name}; there are ${KNOB_NAMES.join(', ')}`);
    if (set[name] !== undefined) throw usage(`${name} is given twice`);
    set[name] = inLimits(name, text);
  }
  return set;
}

function inLimits(name: KnobName, text: string): number {
  const [least, most] = limitsOf(name);
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw usage(`${name} (${KNOBS[name].what}) is a whole number from ${least} to ${most}, not ${text}`);
}

export function isKnob(name: string): name is KnobName {
  return Object.hasOwn(KNOBS, name);
}

function usage(what: string): DecreeError {
  return new DecreeError('usage', `--set: ${what}`);
}

/** Reads the numbers of strikes that are left out, as `3,7,12`. Throws DecreeError. */
export function parseSkip(text: string): ReadonlySet<number> {
  const numbers = text.split(',').map((part) => (/^\d{1,6}$/.test(part) ? Number(part) : NaN));
  const skip = new Set(numbers);
  if (!skip.has(NaN) && skip.size === numbers.length) return skip;
  throw new DecreeError('usage', `--skip ${text} is no list of different numbers of strikes, as 3,7,12`);
}

/** The options of the command line that lead to the same settings for a seed. */
export function settingsFlags({ faults, set }: Pick<Plan, 'faults' | 'set'>): string {
  const pairs = Object.entries(set).map(([name, value]) => ` --set ${name}=${value}`);
  return `${faults === 'drawn' ? '' : ` --faults ${faults}`}${pairs.join('')}`;
}
