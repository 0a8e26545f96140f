/** spec/guards.json is about the guards that spec/ has, and what it records happens. */
import { expect, it } from 'vitest';
import { enumerateGuards } from '../../conformance/guards/enumerate.js';
import { loadSpec } from '../../conformance/guards/load.js';
import {
  faults,
  OPEN,
  readGuardsTable,
  readNotes,
  readRecord,
  recordDifferences,
} from '../../conformance/guards/record.js';
import { tryWithout } from '../../conformance/guards/remove.js';
import { guardsTable } from '../../conformance/guards/table.js';
import { readModels, specFolder } from '../../conformance/models/codec.js';
import { describeWithTlc } from './with-tlc.js';

const folder = specFolder();
const record = readRecord(folder);
const notes = readNotes(folder);

it('spec/GUARDS.md is made from guards.json and guards-notes.json (else: npm run mutants:spec)', () => {
  expect(readGuardsTable(folder)).toBe(guardsTable(record, notes));
});

it('every guard is needed or implied, and where TLC can only fail, a note says why', () => {
  expect(faults(record.guards, notes)).toEqual([]);
  expect(Object.values(notes).filter((note) => note.startsWith(OPEN))).toEqual([]);
});

it('every killer is a passing model', () => {
  const passing = readModels().flatMap(({ kind, name }) => (kind === 'ladder' ? name : []));
  const killers = Object.values(record.guards).flatMap((one) => (one.outcome === 'killed' ? one.model : []));
  expect(killers.filter((name) => !passing.includes(name))).toEqual([]);
});

describeWithTlc('spec/guards.json', (tlc) => {
  it('names the guards of the modules, no more and no less', { timeout: 120_000 }, async () => {
    const found = enumerateGuards(await loadSpec(tlc, folder));
    expect(found.guards.length).toBeGreaterThan(40);
    expect(recordDifferences(record, found)).toEqual([]);
    expect(found.passedOver.map(({ id }) => id)).toEqual([
      "ReplicaLog.HandleChosen.<<prefix', role'>> # <<prefix, role>>",
    ]);
    expect(found.unreached).toEqual([]);
  });

  it('has killers that kill: a first, a middle and a last one', { timeout: 240_000 }, async () => {
    const { guards } = enumerateGuards(await loadSpec(tlc, folder));
    const quick = guards.flatMap((guard) => {
      const outcome = record.guards[guard.id];
      return outcome?.outcome === 'killed' && outcome.states < 5000 ? [{ guard, outcome }] : [];
    });
    const sample = [quick.at(0), quick.at(quick.length / 2), quick.at(-1)];
    expect(new Set(sample).size).toBe(3);
    for (const one of sample) {
      const model = readModels().find(({ name }) => name === one?.outcome.model);
      if (one === undefined || model === undefined) throw new Error(`no such guard or model in ${folder}`);
      const trial = await tryWithout({ tlc, folder, whole: new Map() }, [one.guard], model);
      expect(trial, one.guard.id).toEqual({ kind: 'killed', outcome: one.outcome });
    }
  });
});
