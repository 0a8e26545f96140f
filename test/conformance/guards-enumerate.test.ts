/** Which conjuncts are guards, on small modules: read by SANY, named, and taken away in place. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderWithout } from '../../conformance/guards/edit.js';
import { enumerateGuards, type Guards } from '../../conformance/guards/enumerate.js';
import { loadSpec } from '../../conformance/guards/load.js';
import { reachingModels } from '../../conformance/guards/reach.js';
import { parseModule } from '../../conformance/guards/sany.js';
import { removeFolder } from '../../conformance/models/patch.js';
import { describeWithTlc } from './with-tlc.js';

const HEAD = ['EXTENDS Naturals', 'CONSTANT N', 'VARIABLES x, y'];

/** A folder of modules, given as their lines, and of models. */
async function withSpec<T>(
  modules: Readonly<Record<string, readonly string[]>>,
  use: (folder: string) => Promise<T>,
  files: Readonly<Record<string, string>> = {},
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'decree-guards-test-'));
  try {
    mkdirSync(join(folder, 'models'));
    for (const [name, lines] of Object.entries(modules)) {
      const text = [`---- MODULE ${name} ----`, ...lines, '====', ''].join('\n');
      writeFileSync(join(folder, `${name}.tla`), text);
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const model = (name: string, more: object = {}): string =>
  JSON.stringify({
    title: 't',
    models: [
      {
        ...{ name, kind: 'ladder', tier: 'quick', module: 'MCA', cfg: 'MCA.cfg', expect: { verdict: 'ok' } },
        ...{ distinct: 1, depth: 1, seconds: 1, shows: 's', ...more },
      },
    ],
  });

describeWithTlc('guards of small modules', (tlc) => {
  const of = (lines: readonly string[], others: Readonly<Record<string, readonly string[]>> = {}) =>
    withSpec({ A: [...HEAD, ...lines], ...others }, async (folder) =>
      enumerateGuards(await loadSpec(tlc, folder)),
    );
  const ids = ({ guards }: Guards): string[] => guards.map(({ id }) => id);

  it('are items of lists and of infix conjunctions, without what has primes', async () => {
    const found = await of([
      "Act(k) == /\\ x > 0 /\\ k # y /\\ x' = k",
      '          /\\ \\/ y = 1',
      '             \\/ y = 2',
      '          /\\ UNCHANGED y',
      'Next == \\E k \\in 1 .. N : Act(k)',
    ]);
    expect(ids(found)).toEqual(['A.Act.x > 0', 'A.Act.k # y', 'A.Act.\\/ y = 1 \\/ y = 2']);
    expect(found.unreached).toEqual([]);
  });

  it('are in branches, under LET and in the body of an \\E; conditions and ranges are none', async () => {
    const found = await of([
      'Next ==',
      '  LET k == x + 1',
      "      Set == x' = k",
      '  IN /\\ IF x = 0 THEN y = 0 ELSE TRUE',
      '     /\\ IF x = 1 THEN y = 1 /\\ Set ELSE /\\ CASE x = 2 -> y = 2 [] OTHER -> FALSE',
      '                                       /\\ Set',
      '     /\\ \\E q \\in 1 .. k : /\\ q > 3',
      '                          /\\ q < 5',
      '     /\\ \\E q \\in 1 .. k : q > 7',
      '     /\\ \\A q \\in 1 .. k : q > 0 /\\ q # 8',
      "     /\\ y' \\in {1, 2}",
    ]);
    expect(ids(found)).toEqual([
      ...['A.Next.y = 0', 'A.Next.y = 1', 'A.Next.y = 2', 'A.Next.FALSE', 'A.Next.q > 3', 'A.Next.q < 5'],
      ...['A.Next.\\E q \\in 1 .. k : q > 7', 'A.Next.\\A q \\in 1 .. k : q > 0 /\\ q # 8'],
    ]);
  });

  it('are the conjuncts of an operator that is called as one, and each of several calls', async () => {
    const found = await of([
      'Once  == x > 1 /\\ y > 1',
      'Twice == x > 2 /\\ y > 2',
      'Alone == x > 3',
      "P == Once /\\ Twice /\\ x' = 1 /\\ y' = 1",
      "Q == Twice /\\ Alone /\\ x' = 2 /\\ y' = 2",
      'Next == P \\/ Q',
    ]);
    expect(ids(found)).toEqual([
      ...['A.Once.x > 1', 'A.Once.y > 1', 'A.Twice.x > 2', 'A.Twice.y > 2'],
      ...['A.P.Twice', 'A.Q.Twice', 'A.Q.Alone'],
    ]);
  });

  it('do not come from an operator that an expression uses too', async () => {
    const found = await of([
      'Both == x > 1 /\\ y > 1',
      "Next == Both /\\ x' = (IF Both THEN 1 ELSE 2) /\\ y' = 1",
    ]);
    expect(ids(found)).toEqual(['A.Next.Both']);
  });

  it('are in an action that is handed over, and no parameter is one', async () => {
    const found = await of(['Keeps(A) == A /\\ UNCHANGED y', "Next == Keeps(x > 1 /\\ x' = 1)"]);
    expect(ids(found)).toEqual(['A.Next.x > 1']);
  });

  it('may have primes where they assign nothing; those that cut stuttering are passed over', async () => {
    const found = await of([
      "Next == /\\ x' \\in 1 .. N /\\ y' = 1",
      "        /\\ x' > y",
      "        /\\ <<x', y'>> # <<x, y>>",
    ]);
    expect(ids(found)).toEqual(["A.Next.x' > y"]);
    expect(found.passedOver.map(({ id }) => id)).toEqual(["A.Next.<<x', y'>> # <<x, y>>"]);
  });

  it('have names without comments and line ends, numbered where two are alike', async () => {
    const found = await of([
      'Next == \\/ /\\ x + (* one *) 1',
      '               > 2   \\* two',
      "           /\\ x' = 1 /\\ y' = 1",
      "        \\/ x + 1 > 2 /\\ x' = 2 /\\ y' = 1",
    ]);
    expect(ids(found)).toEqual(['A.Next.x + 1 > 2', 'A.Next.x + 1 > 2 #2']);
  });

  it('are found through EXTENDS, INSTANCE and a Next of another name; the rest is told', async () => {
    const found = await of(["Act == x > 0 /\\ x' = 1 /\\ y' = 1", 'Next == Act'], {
      B: [
        'EXTENDS A',
        'VARIABLE z',
        'C == INSTANCE C WITH c <- z',
        "BNext == \\/ Act /\\ z > 0 /\\ z' = 1",
        '         \\/ C!Inc /\\ UNCHANGED <<x, y>>',
        "Left == z > 5 /\\ z' = 2",
        'Fair == Act /\\ z = 1',
        'Spec == z = 0 /\\ [][BNext]_z /\\ WF_z(Fair)',
      ],
      C: ['EXTENDS Naturals', 'VARIABLE c', "Inc == c > 1 /\\ c' = 1", "Dec == c > 2 /\\ c' = 2"],
    });
    expect(ids(found)).toEqual(['A.Act.x > 0', 'B.BNext.z > 0', 'C.Inc.c > 1']);
    expect(found.unreached).toEqual(['B.Left', 'C.Dec']);
  });

  it('belong to the models whose cfg takes them; those of MC modules are none', async () => {
    const modules = {
      A: [...HEAD, "P == x > 1 /\\ x' = 1 /\\ y' = 1", "Q == x > 2 /\\ x' = 2 /\\ y' = 1", 'Next == P'],
      MCA: ['EXTENDS A', 'Small == y < 9 /\\ Q', 'Spec == x = 0 /\\ [][Small]_x', 'Other == x > 7'],
    };
    const files = { 'models/m.json': model('m'), 'MCA.cfg': 'SPECIFICATION Spec\nCONSTANT N <- Other\n' };
    await withSpec(
      modules,
      async (folder) => {
        const spec = await loadSpec(tlc, folder);
        const found = enumerateGuards(spec);
        expect(ids(found)).toEqual(['A.P.x > 1', 'A.Q.x > 2']);
        const reaching = reachingModels(spec, spec.models);
        expect(found.guards.map(({ place }) => reaching(place).map(({ name }) => name))).toEqual([[], ['m']]);
      },
      files,
    );
  });

  it('go without moving a column: SANY accepts what is left, and misses the guard alone', async () => {
    const lines = [
      'Act == /\\ x > 0 /\\ \\/ y = 1',
      '                   \\/ y = 2 /\\ \\A k \\in 1 .. N :',
      '                                 k > 5 (* why *)',
      "       /\\ (x # 7 \\/ y # 7) /\\ \\/ x' = 1",
      "                              \\/ x' = 2",
      '       /\\ UNCHANGED y',
      'Next == Act',
    ];
    await withSpec({ A: [...HEAD, ...lines] }, async (folder) => {
      const { guards } = enumerateGuards(await loadSpec(tlc, folder));
      expect(guards.length).toBe(3);
      for (const guard of guards) {
        const removed = folderWithout(folder, [guard.place]);
        try {
          await parseModule(tlc, removed, 'A');
          mkdirSync(join(removed, 'models'));
          const left = ids(enumerateGuards(await loadSpec(tlc, removed)));
          expect(left).toEqual(guards.flatMap(({ id }) => (id === guard.id ? [] : [id])));
        } finally {
          removeFolder(removed);
        }
      }
      const all = folderWithout(
        folder,
        guards.map(({ place }) => place),
      );
      expect(readFileSync(join(all, 'A.tla'), 'utf8')).toContain('Act == /\\ TRUE  /\\ TRUE    \n');
      removeFolder(all);
    });
  });

  it('are not read from a module that SANY rejects', async () => {
    await expect(of(['Next == z > 1'])).rejects.toThrow(
      /SANY does not accept A.tla: .*Unknown operator: `z'/,
    );
  });
});
