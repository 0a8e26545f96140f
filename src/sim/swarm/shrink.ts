/**
 * A smaller run that fails in the same way: less time, fewer kinds of faults, members and clients, lower
 * rates, and at last the faults one by one. What is tried depends on the runs before alone, so that the same
 * failure shrinks to the same run.
 */
import { KNOB_NAMES, KNOBS, type KnobName, type Settings } from './knobs.js';
import { runSeed, type SeedReport, type SeedSetup } from './run.js';

export interface ShrinkOptions {
  /** Runs that may be spent; 100 if absent. */
  readonly runs?: number;
  /** runSeed, if absent. */
  readonly run?: (setup: SeedSetup) => SeedReport;
  /** Told of each run: what was tried and whether it failed in the same way. */
  readonly onStep?: (step: { readonly run: number; readonly tried: string; readonly kept: boolean }) => void;
}

export interface Shrunk {
  /** Runs to the same failure: seed, settings, planted mistakes and strikes left out. */
  readonly setup: SeedSetup & { readonly settings: Settings; readonly skip: ReadonlySet<number> };
  /** The report of that run. */
  readonly report: SeedReport;
  /** What was reduced, in words, in the order in which it was. */
  readonly reduced: readonly string[];
  /** How many runs it took. */
  readonly runs: number;
}

/** A setup that is smaller in one thing. */
interface Try {
  readonly what: string;
  readonly settings?: Settings;
  readonly skip?: ReadonlySet<number>;
}

const RUNS = 100;

/** Shrinks the setup of a run that failed; `report` is the report of that run. */
export function shrink(setup: SeedSetup, report: SeedReport, options: ShrinkOptions = {}): Shrunk {
  return new Shrinker(setup, report, options).shrink();
}

/** Strikes of a run that did something. */
export function strikesOf(report: SeedReport): number {
  return report.strikes.filter(({ what }) => what !== '').length;
}

class Shrinker {
  private setup: Shrunk['setup'];
  private report: SeedReport;
  private readonly reduced: string[] = [];
  private runs = 0;
  /** Runs that are kept for the strikes. */
  private reserved: number;

  constructor(
    setup: SeedSetup,
    report: SeedReport,
    private readonly options: ShrinkOptions,
  ) {
    if (report.finding === null) throw new Error(`the run of seed ${setup.seed} did not fail`);
    this.setup = { ...setup, settings: report.settings, skip: setup.skip ?? new Set() };
    this.report = report;
    this.reserved = Math.floor((options.runs ?? RUNS) / 3);
  }

  shrink(): Shrunk {
    this.cutTime();
    this.dropGroups();
    const optional = KNOB_NAMES.filter((name) => this.optional(name));
    for (const name of optional) this.set(name, KNOBS[name].off);
    this.set('storage', KNOBS.storage.off);
    this.fewer('members');
    this.fewer('clients');
    for (let before = -1; before < this.reduced.length && this.left > 0;) {
      before = this.reduced.length;
      for (const name of optional) this.set(name, this.halfWay(name));
      this.cutTime();
    }
    this.reserved = 0;
    this.dropStrikes();
    const { setup, report, reduced, runs } = this;
    return { setup, report, reduced, runs };
  }

  private get left(): number {
    return (this.options.runs ?? RUNS) - this.runs - this.reserved;
  }

  /** Runs what is tried, and keeps it if it fails in the same way. */
  private keep({ what, settings = this.setup.settings, skip = this.setup.skip }: Try): boolean {
    if (this.left <= 0) return false;
    this.runs += 1;
    const setup = { ...this.setup, settings, skip };
    const report = this.attempt(setup);
    const kept = report !== null && report.finding?.failure === this.report.finding?.failure;
    this.options.onStep?.({ run: this.runs, tried: what, kept });
    if (!kept) return false;
    this.setup = setup;
    this.report = report;
    this.reduced.push(what);
    return true;
  }

  /** null where the run broke off, which is another failure. */
  private attempt(setup: SeedSetup): SeedReport | null {
    try {
      return (this.options.run ?? runSeed)(setup);
    } catch {
      return null;
    }
  }

  private set(name: KnobName, to: number): boolean {
    const { settings } = this.setup;
    if (settings[name] === to) return false;
    const what = `${name} from ${settings[name]} to ${to}`;
    return this.keep({ what, settings: { ...settings, [name]: to } });
  }

  /** A failure among the faults needs no second after it; another one may come with half of the time. */
  private cutTime(): void {
    const { safetySeconds } = this.setup.settings;
    const failedAt = Math.max(1, Math.ceil((this.report.finding?.atMs ?? 0) / 1_000));
    if (failedAt < safetySeconds && this.set('safetySeconds', failedAt)) return;
    while (this.setup.settings.safetySeconds > 1) {
      const half = Math.ceil(this.setup.settings.safetySeconds / 2);
      if (failedAt >= safetySeconds && this.set('safetySeconds', half)) continue;
      return;
    }
  }

  /** Whether it is part of the faults and may be absent, or is nothing but additional work for the cell. */
  private optional(name: KnobName): boolean {
    const { group } = KNOBS[name];
    const extra = ['pipeline', 'retryPerMille', 'doublePerMille', 'bursts', 'burstSize'].includes(name);
    return group !== 'cell' && (group !== 'clients' || extra);
  }

  private dropGroups(): void {
    const names = KNOB_NAMES.filter((name) => this.optional(name));
    for (const group of new Set(names.map((name) => KNOBS[name].group))) {
      const { settings } = this.setup;
      const on = names.filter((name) => KNOBS[name].group === group && settings[name] !== KNOBS[name].off);
      if (on.length === 0) continue;
      const off = Object.fromEntries(on.map((name) => [name, KNOBS[name].off]));
      this.keep({ what: `no faults of ${group}`, settings: { ...settings, ...off } });
    }
  }

  /** The least first, since it may well do. */
  private fewer(name: 'members' | 'clients'): void {
    const least = name === 'members' ? 2 : 1;
    for (let number = least; number < this.setup.settings[name]; number++) if (this.set(name, number)) return;
  }

  private halfWay(name: KnobName): number {
    const { off } = KNOBS[name];
    return off + Math.trunc((this.setup.settings[name] - off) / 2);
  }

  /**
   * Leaves out strikes, half of them at once, then a quarter and so on to single ones. Nothing else changes
   * any more: the numbers of the strikes stay.
   */
  private dropStrikes(): void {
    let size = Math.ceil(this.numbers().length / 2);
    while (size >= 1 && this.left > 0) {
      const numbers = this.numbers();
      let dropped = false;
      for (let from = numbers.length; from > 0; from -= size) {
        const some = numbers.slice(Math.max(0, from - size), from);
        const skip = new Set([...this.setup.skip, ...some]);
        const what = `without the strikes ${some.map((n) => this.show(n)).join(', ')}`;
        dropped = this.keep({ what, skip }) || dropped;
      }
      if (size === 1 && !dropped) return;
      size = size === 1 ? 1 : Math.ceil(size / 2);
    }
  }

  private numbers(): readonly number[] {
    return this.report.strikes.flatMap(({ what }, n) => (what === '' ? [] : [n]));
  }

  private show(number: number): string {
    return `${number} (${this.report.strikes[number]?.what ?? ''})`;
  }
}
