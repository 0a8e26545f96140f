/**
 * The merged trace as a TLA+ module, for a Java runtime without a compiler. The parser holds all of it, so it
 * is for short traces only.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Above so many steps the generated module takes too much time and memory. */
export const DATA_MODULE_STEPS = 10_000;

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

function tla(value: Json): string {
  if (typeof value === 'string') return `"${value.replace(/[\\"]/g, '\\$&')}"`;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (Array.isArray(value)) return `<<${value.map(tla).join(', ')}>>`;
  const fields = Object.entries(value).map(([key, field]) => `${key} |-> ${tla(field)}`);
  return `[${fields.join(', ')}]`;
}

/** Writes the trace spec of `from` and the data into a folder of their own. */
export function writeDataModule(folder: string, from: string, lines: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  const modules = ['TraceEvent.tla', 'TraceEpochs.tla', 'TraceLeases.tla', 'TracePaxosReplica.tla'];
  for (const name of [...modules, 'TracePaxosReplica.cfg']) {
    copyFileSync(join(from, name), join(folder, name));
  }
  const data = lines.map((line) => `  ${tla(JSON.parse(line) as Json)}`).join(',\n');
  const text = ['---- MODULE TraceData ----', 'LOCAL INSTANCE Naturals', 'Lines == <<', data, '>>'];
  text.push('EventAt(i) == Lines[i + 1]', '====', '');
  writeFileSync(join(folder, 'TraceData.tla'), text.join('\n'));
}
