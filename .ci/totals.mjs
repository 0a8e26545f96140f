/**
 * Adds up vitest's JSON report into one line. A file that did not load, an unhandled error, a crash and an
 * empty run are failures, though no test of theirs failed.
 * Usage: node .ci/totals.mjs REPORT EXIT_CODE FAILURES_BEFORE
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** `text` is the report, or null where none was written. */
export function totals(text, exitCode, before) {
  let passed = 0;
  let failed = before;
  let skipped = 0;
  for (const file of files(text)) {
    const count = (...states) => file.assertionResults.filter((test) => states.includes(test.status)).length;
    const bad = count('failed');
    passed += count('passed');
    skipped += count('skipped', 'pending', 'todo', 'disabled');
    failed += file.status === 'failed' && bad === 0 ? 1 : bad;
  }
  if (failed === before && (exitCode !== 0 || passed === 0)) failed += 1;
  const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return { line, ok: failed === 0 };
}

function files(text) {
  if (text === null) return [];
  try {
    return JSON.parse(text).testResults ?? [];
  } catch {
    return [];
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [path, exitCode, before] = process.argv.slice(2);
  const { line, ok } = totals(read(path), Number(exitCode), Number(before));
  console.log(line);
  process.exitCode = ok ? 0 : 1;
}
