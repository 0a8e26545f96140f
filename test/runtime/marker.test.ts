import * as fc from 'fast-check';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DecreeError } from '../../src/errors.js';
import { drawBirth, formatBirth, readBirth } from '../../src/runtime/birth.js';
import { randomHex } from '../../src/runtime/clock.js';
import { makeReplica, markerPath, readMarker, updateMarker } from '../../src/runtime/marker.js';
import { temporary } from './temporary.js';

const wish = { cell: 'test', replicas: ['r1', 'r2'], alpha: 32, leaseMs: 2000, driftPerMille: 10 };

describe('the birth record', () => {
  it('reads back as it was drawn, with members in ascending order', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/), { minLength: 1, maxLength: 7 });
    const file = join(temporary(), 'birth.json');
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 99 }), (replicas, alpha) => {
        const birth = drawBirth({ ...wish, replicas, alpha }, randomHex);
        fs.writeFileSync(file, formatBirth(birth));
        expect(readBirth(file)).toEqual(birth);
        expect([...birth.members].sort()).toEqual(birth.members);
        expect(birth.members).toHaveLength(replicas.length);
      }),
    );
  });

  it.each([
    ['no replica', { replicas: [] }],
    ['a name twice', { replicas: ['r1', 'r1'] }],
    ['a name with a dot', { replicas: ['r.1'] }],
    ['alpha 0', { alpha: 0 }],
  ])('is not drawn with %s', (_, change) => {
    expect(() => drawBirth({ ...wish, ...change }, randomHex)).toThrow(DecreeError);
  });
});

describe('the marker', () => {
  it('is refused when any byte of it was changed', () => {
    const base = temporary();
    const dir = join(base, 'r1');
    const marker = makeReplica(dir, 'r1', drawBirth(wish, randomHex), join(base, 'birth.json'));
    expect(readMarker(dir)).toMatchObject(marker);
    updateMarker(dir, { ...marker, starts: 7 });
    expect(readMarker(dir).starts).toBe(7);
    const bytes = fs.readFileSync(markerPath(dir));
    for (let offset = 0; offset < bytes.length; offset += 1) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(offset) ^ 1, offset);
      fs.writeFileSync(markerPath(dir), damaged);
      expect(() => readMarker(dir), `byte ${offset}`).toThrow(DecreeError);
    }
  });
});
