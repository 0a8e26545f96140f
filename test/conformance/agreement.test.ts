/**
 * A spec that allows two values of one slot does not hide it: the trace spec compares what gets known.
 * Code and spec make the same mistake here, a quorum one too small, so that nothing else is in the way.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readPatch, specFolder } from '../../conformance/models/codec.js';
import { patchedFolder, removeFolder } from '../../conformance/models/patch.js';
import { validateTrace } from '../../conformance/trace/validate.js';
import type { Faults } from '../../src/core/index.js';
import { SimCell } from '../../src/sim/cell.js';
import { describeWithTlc } from './with-tlc.js';

const broken = patchedFolder(specFolder(), readPatch('W03.json'));
const folder = mkdtempSync(join(tmpdir(), 'decree-agreement-'));
afterAll(() => {
  removeFolder(broken);
  rmSync(folder, { recursive: true, force: true });
});

function leaderBeside(cell: SimCell, old: string | null): string {
  cell.runUntil(() => cell.leader() !== null && cell.leader() !== old, 20_000);
  const leader = cell.leader();
  if (leader === null) throw new Error('no leader was elected');
  return leader;
}

/** A leader that is cut off goes on choosing by its own vote; its successor chooses other values. */
function record(faults: Partial<Faults>): string {
  const cell = new SimCell({ seed: 7, faults }).start();
  const old = leaderBeside(cell, null);
  cell.submit(old, 'known to all');
  cell.run(100);
  cell.isolate(old);
  cell.submit(old, 'one value');
  cell.run(50);
  cell.submit(leaderBeside(cell, old), 'another value');
  cell.run(300);
  cell.finish();
  for (const [name, text] of cell.folder()) writeFileSync(join(folder, name), text);
  return folder;
}

describeWithTlc('two values of one slot', (tlc) => {
  it('are refused where they become known, even by a spec that allows them', async () => {
    const input = { name: 'split', files: [record({ chooseWithoutQuorum: true })] };
    const verdict = await validateTrace(input, { tlc, spec: broken });
    expect(verdict).toMatchObject({
      verdict: 'rejected',
      class: 'invariant',
      differs: { what: 'agreement' },
    });
  });

  it('do not come from code that counts a quorum', async () => {
    const input = { name: 'whole', files: [record({})] };
    expect(await validateTrace(input, { tlc, spec: broken })).toMatchObject({ verdict: 'accepted' });
  });
});
