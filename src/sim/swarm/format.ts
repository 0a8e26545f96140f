/** What `decree simulate` prints, as text. */
import { FAILURE_CLASSES } from '../checks/finding.js';
import { failureOf, type Failure, type Totals } from './batch.js';
import { settingsFlags, type Plan } from './choice.js';
import { BATCH, batchFloors, leastOf } from './floors.js';
import { KNOB_NAMES, KNOBS, type Settings } from './knobs.js';
import type { SeedReport } from './run.js';
import { strikesOf } from './shrink.js';

const number = (n: number): string => Math.round(n).toLocaleString('en-US');
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** One line on one seed. */
export function seedLine(report: SeedReport): string {
  const { seed, settings, simulatedMs, clients, ballotsThatLed, reproposals, slots } = report;
  const failure = failureOf(report);
  const verdict = failure === null ? 'ok' : failure.failure;
  return (
    `seed ${seed}: ${verdict}; ${settings.members} members, ${seconds(simulatedMs)}, ` +
    `${clients.answered} of ${clients.asked} requests answered, ${slots} slots, ` +
    `${ballotsThatLed} ballots led, ${reproposals} re-proposals`
  );
}

/** How far a batch is. */
export function progressLine(totals: Totals, size: number, wallSeconds: number): string {
  const of = Number.isFinite(size) ? ` of ${number(size)}` : '';
  const simulated = totals.simulatedMs / 1_000;
  const speed = wallSeconds > 0 ? `, ${number(simulated / wallSeconds)} per second` : '';
  return (
    `[${wallSeconds.toFixed(0).padStart(5)} s] ${number(totals.seeds)}${of} seeds, ` +
    `${number(simulated)} simulated seconds${speed}, ${totals.failures.length} failures`
  );
}

/** The command that runs a seed of the plan again, without the strikes of those numbers. */
export function replayCommand(
  program: string,
  plan: Pick<Plan, 'faults' | 'set'>,
  seed: number,
  skip: ReadonlySet<number> = new Set(),
): string {
  const without = skip.size === 0 ? '' : ` --skip ${[...skip].join(',')}`;
  return `${program} simulate --replay ${seed}${settingsFlags(plan)}${without}`;
}

/** What is said of a failing seed at once. */
export function failureLines(failure: Failure, again: string, kept: string | null): readonly string[] {
  const { seed, atMs, what, spec } = failure;
  const [first = '', ...more] = what.split('\n');
  const at = atMs === null ? '' : ` at ${seconds(atMs)}`;
  return [
    `FAILED seed ${seed}: ${failure.failure}${at}: ${first}`,
    ...more.map((line) => `    ${line}`),
    ...(spec === null ? [] : [`  traces: ${spec.split('\n').join('\n    ')}`]),
    `  again:  ${again}`,
    ...(kept === null ? [] : [`  kept:   ${kept}`]),
  ];
}

/** What became smaller, where the smaller run is kept, and the command that runs it again. */
export function shrunkLines(
  before: SeedReport,
  after: SeedReport,
  runs: number,
  again: string,
  kept: string,
): readonly string[] {
  const size = (of: (report: SeedReport) => number, what: string): string =>
    `${of(before)} -> ${of(after)} ${what}`;
  const sizes = [
    size(strikesOf, 'strikes'),
    size(({ settings }) => settings.members, 'members'),
    size(({ simulatedMs }) => Number((simulatedMs / 1_000).toFixed(1)), 'simulated seconds'),
  ];
  return [`  shrunk: ${sizes.join(', ')}, by ${runs} runs: decree validate ${kept}`, `  again:  ${again}`];
}

/** So many failing seeds are named at the end. */
const NAMED = 20;

/** The failing seeds in short, each with its command. */
export function failedLines(
  { failures }: Totals,
  program: string,
  plan: Pick<Plan, 'faults' | 'set'>,
): readonly string[] {
  const lines = failures.slice(0, NAMED).map(({ seed, failure, what }) => {
    const first = what.split('\n')[0] ?? '';
    return `FAILED seed ${seed}: ${failure}: ${first.slice(0, 200)}; ${replayCommand(program, plan, seed)}`;
  });
  return failures.length > NAMED ? [...lines, `and ${failures.length - NAMED} more`] : lines;
}

type Row = readonly [name: string, value: string];

function table(rows: readonly Row[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd());
}

/** The table of a batch, or of several that were merged. */
export function totalsTable(totals: Totals, wallSeconds: number): readonly string[] {
  const { seeds, simulatedMs, clients, slots, due, met, validated, failures } = totals;
  const simulated = simulatedMs / 1_000;
  const speed =
    wallSeconds > 0 ? ` in ${number(wallSeconds)} s, ${number(simulated / wallSeconds)} per second` : '';
  const classes = FAILURE_CLASSES.flatMap((name): Row[] => {
    const of = failures.filter(({ failure }) => failure === name).map(({ seed }) => seed);
    if (of.length === 0) return [];
    const some = of.slice(0, 10).join(', ');
    return [
      [`  ${name}`, `${of.length}: seed${of.length > 1 ? 's' : ''} ${some}${of.length > 10 ? ', ...' : ''}`],
    ];
  });
  return table([
    ['seeds', number(seeds)],
    ['simulated seconds', `${number(simulated)}${speed}`],
    ['requests answered', `${number(clients.answered)} of ${number(clients.asked)}`],
    ['  refused, unknown', `${number(clients.refused)}, ${number(clients.unknown)}`],
    ['  of those that were due', due === 0 ? '-' : `${((100 * met) / due).toFixed(0)} %`],
    ['slots', number(slots)],
    ['what happened', seeds < BATCH ? '' : '(and the least that the settings demand)'],
    ...countRows(totals),
    ['traces replayed by TLC', validatedText(validated)],
    ['failures', String(failures.length)],
    ...classes,
  ]);
}

/** What is expected first, by name; then all else that was counted. */
function countRows({ counts, expected, seeds }: Totals): readonly Row[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(counts)])];
  const some = names.filter((name) => (expected[name] ?? 0) > 0 || (counts[name] ?? 0) > 0);
  return some.map((name): Row => {
    const least = leastOf(expected[name] ?? 0);
    const demand = least > 0 && seeds >= BATCH ? ` (${number(least)})` : '';
    return [`  ${name}`, `${number(counts[name] ?? 0)}${demand}`];
  });
}

function validatedText({ accepted, rejected, undecided, notRun, events }: Totals['validated']): string {
  const parts = [
    `${accepted} accepted, of ${number(events)} events`,
    ...(rejected > 0 ? [`${rejected} rejected`] : []),
    ...(undecided > 0 ? [`${undecided} undecided`] : []),
    ...(notRun > 0 ? [`${notRun} not run`] : []),
  ];
  return parts.join('; ');
}

/** The floors that a batch does not reach. */
export function floorLines(totals: Totals): readonly string[] {
  return batchFloors(totals).map((what) => `FAILED floor: ${what}`);
}

/** Every setting, by group, with what it means. */
export function settingsLines(settings: Settings): readonly string[] {
  const groups = [...new Set(KNOB_NAMES.map((name) => KNOBS[name].group))];
  return groups.flatMap((group) => [
    group,
    ...table(
      KNOB_NAMES.filter((name) => KNOBS[name].group === group).map((name) => [
        `  ${name}=${settings[name]}`,
        KNOBS[name].what,
      ]),
    ),
  ]);
}

/** All that is known of one seed. */
export function reportLines(report: SeedReport): readonly string[] {
  const { clients, recovery, counts } = report;
  return [
    ...settingsLines(report.settings),
    'what happened',
    ...table([
      ...Object.entries(counts).map(([name, n]): Row => [`  ${name}`, number(n)]),
      ...Object.entries(clients).map(([name, n]): Row => [`  requests ${name}`, number(n)]),
      ['  ballots that led', String(report.ballotsThatLed)],
      ['  re-proposals', String(report.reproposals)],
      ['  slots', String(report.slots)],
    ]),
    `recovery: ${recovery === null ? 'the run ended before it' : recoveryText(recovery)}`,
    seedLine(report),
  ];
}

function recoveryText({ core, tookMs, why }: NonNullable<SeedReport['recovery']>): string {
  const who = core.join(', ');
  if (tookMs !== null) return `${who} answered and knew the same after ${seconds(tookMs)}`;
  return why.length === 0 ? `${who}: cut short by the failure` : `${who} did not recover: ${why.join('; ')}`;
}
