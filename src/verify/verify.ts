/**
 * The main job: TLC checks the spec, real replicas run it while leaders are killed, TLC replays every event
 * that they recorded, and what the clients saw is checked for linearizability.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkModels } from '../../conformance/models/check.js';
import { findTlc, type TlcLookup } from '../../conformance/tlc/find.js';
import { validateTraces } from '../../conformance/trace/validate.js';
import { describe, type Validation } from '../../conformance/trace/verdict.js';
import { DecreeError, type ExitName } from '../errors.js';
import { checkHistory, kvModel, type HistoryVerdict } from '../history/index.js';
import { runCell, type CellRun } from './cell-run.js';
import { gather, type Evidence } from './evidence.js';
import { readHistory, writeHistory } from './history-file.js';
import { exitOf, finalLine, historyRows, modelRows, runRows, traceRows } from './judge.js';
import { checkOptions, type VerifyOptions } from './options.js';
import { Progress } from './progress.js';
import { count, seconds, table, type Row } from './table.js';

const HISTORY = 'history.ndjson';

/** Runs the whole job and prints what it found; the answer is the exit code. */
export async function verify(options: VerifyOptions, print: (line: string) => void): Promise<ExitName> {
  checkOptions(options);
  const tlc = findTlc({ jar: options.tlcJar });
  const progress = new Progress(print);
  const directory = folderOf(options);
  progress.say(`seed ${options.seed}; files in ${directory}`);
  if (!('missing' in tlc) && tlc.note !== undefined) progress.say(tlc.note);
  let outcome: Outcome;
  try {
    outcome = await everything(options, directory, tlc, progress);
  } catch (error) {
    print(`the files are kept in ${directory}; the same operations again: --seed ${options.seed}`);
    throw error;
  }
  print(`\n${table(outcome.rows)}\n`);
  for (const line of outcome.complaints) print(`${line}\n`);
  const missing = 'missing' in tlc ? tlc.missing : null;
  const exit = exitOf(outcome.rows, missing);
  if (exit === 'failed' || exit === 'undecided') {
    const { program } = options;
    print(`validate again: ${program} validate ${traceFolder(outcome.run)}`);
    print(`judge the history again: ${program} verify --history ${join(directory, HISTORY)}`);
    print(`the same operations again: ${program} verify --seed ${options.seed}`);
  } else if (options.directory === undefined && !options.keep) {
    rmSync(directory, { recursive: true, force: true });
  } else {
    print(`the files are kept in ${directory}`);
  }
  print(finalLine(exit, { missing, models: options.models, elapsed: progress.elapsed() }));
  return exit;
}

/** Judges a history that an earlier run wrote. */
export function verifyHistory(path: string, print: (line: string) => void): ExitName {
  const history = readHistory(path);
  const verdict = checkHistory(kvModel, history);
  if (verdict.kind !== 'linearizable') print(verdict.report);
  print(`${path}: ${verdict.kind}, ${count(history.length)} operations`);
  if (verdict.kind === 'linearizable') return 'ok';
  return verdict.kind === 'violation' ? 'failed' : 'undecided';
}

interface Outcome {
  readonly rows: readonly Row[];
  /** What the checkers said of what is wrong. */
  readonly complaints: readonly string[];
  readonly run: CellRun;
}

async function everything(
  options: VerifyOptions,
  directory: string,
  tlc: TlcLookup,
  progress: Progress,
): Promise<Outcome> {
  const models = options.models ? await specRows(tlc, progress) : [];
  const run = await runCell(options, directory, progress);
  const history = run.workload.history();
  writeHistory(join(directory, HISTORY), history);
  const evidence = gather(run.traceFiles);
  progress.say(`${count(evidence.events)} events were recorded; the replicas are down`);
  const validation = await validate(run, tlc, evidence, progress);
  const began = performance.now();
  const verdict = checkHistory(kvModel, history);
  const took = (performance.now() - began) / 1000;
  progress.say(`the clients' history of ${count(history.length)} operations: ${verdict.kind}`);
  return {
    rows: [
      ...models,
      ...runRows(run, options.clients, evidence),
      ...traceRows(validation, evidence),
      ...historyRows(verdict, history.length, took),
    ],
    complaints: complaintsOf(validation, verdict, run),
    run,
  };
}

async function specRows(tlc: TlcLookup, progress: Progress): Promise<Row[]> {
  if ('missing' in tlc) return [{ part: 'spec', what: 'small models', found: 'not run', ok: null }];
  progress.say('TLC checks the small models of the spec');
  const work = checkModels({
    tlc,
    tier: 'small',
    onResult: ({ model, verdict, distinct }) =>
      progress.say(`${model.name}: ${verdict}, ${count(distinct)} states`),
  });
  const report = await progress.during(10, () => 'TLC is at work on the models', work);
  const wrong = report.results.flatMap(({ model, differences }) =>
    differences.map((difference) => `${model.name}: ${difference}`),
  );
  for (const line of wrong) progress.say(line);
  progress.say(`${report.results.length} models: ${report.ok ? 'as expected' : 'NOT as expected'}`);
  return modelRows(report);
}

async function validate(
  run: CellRun,
  tlc: TlcLookup,
  evidence: Evidence,
  progress: Progress,
): Promise<Validation> {
  const events = count(evidence.events);
  if (!('missing' in tlc)) progress.say(`TLC replays ${events} events through the spec`);
  const began = performance.now();
  const line = (): string =>
    `TLC replays ${events} events, ${seconds((performance.now() - began) / 1000)} so far`;
  const [one, ...more] = await progress.during(10, line, validateTraces([traceFolder(run)], { tlc }));
  if (one === undefined || more.length > 0) {
    throw new DecreeError('internal', `${traceFolder(run)} is not one trace but ${more.length + 1}`);
  }
  progress.say(`the traces: ${one.verdict}`);
  return one;
}

function complaintsOf(validation: Validation, verdict: HistoryVerdict, run: CellRun): string[] {
  const complaints: string[] = [];
  if (validation.verdict !== 'accepted' && validation.verdict !== 'not run')
    complaints.push(describe(validation));
  if (verdict.kind !== 'linearizable') complaints.push(verdict.report);
  const { counts, failures } = run.workload;
  if (counts.unknown + counts.refused > counts.reads) {
    const why = [...failures].map(([reason, times]) => `${times} ${reason}`).join(', ');
    complaints.push(`many operations had no answer: ${why}`);
  }
  return complaints;
}

/** Where the trace files of the run lie, with their manifest. */
function traceFolder(run: CellRun): string {
  return dirname(run.traceFiles[0] ?? '.');
}

/** A folder of its own: one that is given must be empty or absent, or old traces would count. */
function folderOf({ directory }: VerifyOptions): string {
  if (directory === undefined) return mkdtempSync(join(tmpdir(), 'decree-verify-'));
  mkdirSync(directory, { recursive: true });
  if (readdirSync(directory).length > 0) {
    throw new DecreeError('usage', `--dir ${directory}: it is not empty; give a new one`);
  }
  return directory;
}
