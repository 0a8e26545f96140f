/** Every damaged trace is found out, at the event or line that it names and for the reason that it names. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Expected } from '../../conformance/damage/apply.js';
import { DAMAGES } from '../../conformance/damage/table.js';
import { validateTrace } from '../../conformance/trace/validate.js';
import type { Validation } from '../../conformance/trace/verdict.js';
import { packageRoot } from '../../src/root.js';
import { describeWithTlc } from './with-tlc.js';

const ROOT = join(packageRoot(), 'traces', 'rejected');
const names = readdirSync(ROOT).sort();

it('has a folder for each damage and no other', () => {
  expect(names).toEqual(DAMAGES.map(({ name }) => name).sort());
  expect(names.length).toBeGreaterThanOrEqual(11);
});

/** The verdict in the words of expected.json. */
function found(folder: string, one: Validation): Partial<Expected> {
  const below = (file: string): string => file.slice(folder.length + 1);
  if (one.verdict === 'invalid') {
    const { file, line, reason } = one;
    return { verdict: 'invalid', file: below(file), ...(line !== undefined && { line }), reason };
  }
  if (one.verdict !== 'rejected') throw new Error(JSON.stringify(one));
  const { event, reason } = one;
  const { file, line, action } = event;
  return { verdict: 'rejected', class: one.class, file: below(file), line, action, reason };
}

describeWithTlc('traces/rejected', (tlc) => {
  it.each(names)('%s', async (name) => {
    const folder = join(ROOT, name);
    const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
    const actual = found(folder, await validateTrace({ name, files: [folder] }, { tlc }));
    const { verdict, reason, file, line, action } = expected;
    const kind = expected.class;
    expect(actual).toMatchObject({
      verdict,
      reason: expect.stringContaining(reason) as unknown,
      ...(file !== undefined && { file }),
      ...(line !== undefined && { line }),
      ...(action !== undefined && { action }),
      ...(kind !== undefined && { class: kind }),
    });
  });
});
