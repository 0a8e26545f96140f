/** Reads what TLC printed. The exit code decides; these numbers and names are the second witness. */

/** TLC's exit codes (its EC.ExitStatus) as words; anything else is a `crash`. */
export type TlcVerdict = 'ok' | 'assumption' | 'deadlock' | 'invariant' | 'property' | 'error' | 'crash';

const VERDICTS: Readonly<Record<number, TlcVerdict>> = {
  0: 'ok',
  10: 'assumption',
  11: 'deadlock',
  12: 'invariant',
  13: 'property',
  75: 'error',
  150: 'error',
  151: 'error',
};

export function verdictOf(exit: number | null): TlcVerdict {
  return (exit === null ? undefined : VERDICTS[exit]) ?? 'crash';
}

/** States found twice count once in `distinct`; `depth` counts states on the longest shortest path. */
export interface Counts {
  readonly generated: number;
  readonly distinct: number;
  readonly depth: number;
}

export function parseCounts(output: string): Counts {
  const states = last(output, /^([\d,]+) states generated, ([\d,]+) distinct states found/gm);
  const depth = last(output, /^The depth of the complete state graph search is ([\d,]+)\./gm);
  return { generated: number(states?.[1]), distinct: number(states?.[2]), depth: number(depth?.[1]) };
}

/**
 * The invariant or property that TLC says is violated, or undefined. An action property without a name of its
 * own, such as the next-state relation of a refined module, is named by its module: `Spec of MultiPaxos`. A
 * temporal property has no name in the output; it is the only one of `properties`, those of the
 * configuration, and undefined if they are several.
 */
export function parseViolated(output: string, properties: readonly string[] = []): string | undefined {
  const invariant = /^Error: Invariant (\S+) is violated/m.exec(output);
  if (invariant?.[1] !== undefined) return invariant[1];
  const action = /^Error: Action property line .* of module (\S+) is violated/m.exec(output);
  if (action?.[1] !== undefined) return `Spec of ${action[1]}`;
  const property = /^Error: (?:Action |Temporal )?[Pp]ropert(?:y|ies) (\S+) (?:is|was|were) violated/m.exec(
    output,
  );
  if (property?.[1] !== undefined) return property[1];
  return isTemporal(output) && properties.length === 1 ? properties[0] : undefined;
}

/** Whether TLC says that temporal properties, which it does not name, are violated. */
export function isTemporal(output: string): boolean {
  return /^Error: Temporal properties were violated\./m.test(output);
}

const TRACE_END = /^(?:[\d,]+ states generated|The coverage statistics|Finished checking temporal)/m;

/**
 * The counterexample as TLC prints it, one paragraph per state; empty if there is none. That of a temporal
 * property ends with a loop: `Back to state N` or `Stuttering`.
 */
export function parseTrace(output: string): string {
  const start = output.search(/^State 1: /m);
  if (start < 0) return '';
  const end = output.slice(start).search(TRACE_END);
  return (end < 0 ? output.slice(start) : output.slice(start, start + end)).trimEnd();
}

/** The lines that say what went wrong, for errors of spec or configuration. */
export function parseErrors(output: string): string {
  const from = output.search(/^(?:Error:|\*\*\* Errors|Parsing or semantic|Exception in)/m);
  const text = from < 0 ? output.trimEnd().split('\n').slice(-5).join('\n') : output.slice(from);
  return text.split('\n').slice(0, 12).join('\n').trimEnd();
}

/** How often an action was taken, of the last coverage report: new states, and all steps. */
export interface ActionCoverage {
  readonly distinct: number;
  readonly taken: number;
}

/** Coverage by name of the operator that TLC took as the action (needs `-coverage`); sums over places. */
export function parseCoverage(output: string): Map<string, ActionCoverage> {
  const report = output.slice(Math.max(0, output.lastIndexOf('The coverage statistics at')));
  const found = new Map<string, ActionCoverage>();
  const line = /^<(\w+) line \d+, col \d+ to line \d+, col \d+ of module \w+[^>]*>: ([\d,]+):([\d,]+)/gm;
  for (const match of report.matchAll(line)) {
    const name = match[1] ?? '';
    const before = found.get(name) ?? { distinct: 0, taken: 0 };
    found.set(name, { distinct: before.distinct + number(match[2]), taken: before.taken + number(match[3]) });
  }
  return found;
}

/** How many states random runs have checked, invariants and all. */
export function parseChecked(output: string): number {
  return number(last(output, /^Progress: ([\d,]+) states checked\./gm)?.[1]);
}

/** Coverage of random runs, which TLC does not count: the last `fired;NAME;COUNT` printed of each. */
export function parseFired(output: string): Map<string, number> {
  const lines = output.matchAll(/^"fired;(\w+);(\d+)"$/gm);
  return new Map([...lines].map((match) => [match[1] ?? '', Number(match[2])]));
}

function last(text: string, pattern: RegExp): RegExpMatchArray | undefined {
  return [...text.matchAll(pattern)].at(-1);
}

function number(text: string | undefined): number {
  return text === undefined ? 0 : Number(text.replaceAll(',', ''));
}
