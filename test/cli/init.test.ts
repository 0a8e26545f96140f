import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/errors.js';
import { readMarker } from '../../src/runtime/marker.js';
import { temporary } from '../runtime/temporary.js';
import { decree } from './run.js';

describe('decree init', () => {
  it("draws the birth record once and makes each replica's directory from it", async () => {
    const base = temporary();
    const birth = join(base, 'birth.json');
    const drawing = ['--replicas', 'r1,r2,r3', '--cell', 'blue', '--alpha', '8'];
    const first = await decree(
      'init',
      '--dir',
      join(base, 'a'),
      '--replica',
      'r1',
      '--birth',
      birth,
      ...drawing,
    );
    expect(first).toMatchObject({ code: EXIT.ok, stderr: '' });
    const bytes = fs.readFileSync(birth);
    const second = await decree('init', '--dir', join(base, 'b'), '--replica', 'r2', '--birth', birth);
    expect(second.code).toBe(EXIT.ok);
    expect(fs.readFileSync(birth).equals(bytes)).toBe(true);
    const [a, b] = [readMarker(join(base, 'a')), readMarker(join(base, 'b'))];
    expect(a.birth).toEqual(b.birth);
    expect(a).toMatchObject({ cell: 'blue', replica: 'r1', longestLeaseMs: 0, starts: 0 });
    expect(a.member).toBe(`r1.${a.incarnation}`);
    expect(a.birth).toMatchObject({ alpha: 8, leaseMs: 400, driftPerMille: 10 });
    expect(a.birth.members).toContain(b.member);
  });

  it('refuses what would make a second life or a second truth, each with one line', async () => {
    const base = temporary();
    const birth = join(base, 'birth.json');
    const init = (dir: string, replica: string, ...more: string[]) =>
      decree('init', '--dir', join(base, dir), '--replica', replica, '--birth', birth, ...more);
    expect((await init('a', 'r1')).stderr).toContain('no birth file');
    expect((await init('a', 'r1', '--replicas', 'r1,r1')).stderr).toContain('members: expected');
    expect((await init('a', 'r1', '--replicas', 'r1,r2')).code).toBe(EXIT.ok);
    fs.mkdirSync(join(base, 'full'));
    fs.writeFileSync(join(base, 'full', 'x'), '');
    const refused: [string, string, string[], string][] = [
      ['a', 'r1', [], 'has a marker already'],
      ['full', 'r2', [], 'is not empty'],
      ['c', 'r9', [], 'names the replicas r1, r2, not r9'],
      ['c', 'r1', [], 'has been made already'],
      ['c', 'r2', ['--replicas', 'r1,r2,r3'], 'says replicas = r1,r2'],
      ['c', 'r2', ['--replicas', 'r1,r2', '--alpha', '5'], 'says alpha = 32'],
    ];
    for (const [dir, replica, more, complaint] of refused) {
      const { code, stderr } = await init(dir, replica, ...more);
      expect(stderr).toContain(complaint);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(code).toBe(EXIT.usage);
    }
    fs.writeFileSync(birth, '{"cell":"x"');
    expect(await init('c', 'r2')).toMatchObject({ code: EXIT.invalidInput });
    fs.writeFileSync(birth, '{"cell":"x"}');
    expect((await init('c', 'r2')).stderr).toMatch(/is no birth record: \w+: expected/);
    expect(fs.existsSync(join(base, 'c'))).toBe(false);
  });

  it('says in one line that a directory cannot be made, and can make the replica elsewhere', async () => {
    const base = temporary();
    const init = (dir: string) =>
      decree('init', '--dir', dir, '--replica', 'r1', '--birth', join(base, 'b.json'), '--replicas', 'r1');
    fs.writeFileSync(join(base, 'file'), '');
    const refused = await init(join(base, 'file', 'r1'));
    expect(refused.stderr).toMatch(/^decree: ENOTDIR: .*\n$/);
    expect(refused.code).toBe(EXIT.usage);
    expect((await init(join(base, 'r1'))).code).toBe(EXIT.ok);
  });
});
