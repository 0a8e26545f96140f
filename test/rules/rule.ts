/**
 * A rule of the protocol as a test: one scenario, run with the rule and again with each switch that turns it
 * off. A scenario returns what is wrong, or null; with the rule nothing is, without it the named finding is.
 */
import { expect, it } from 'vitest';

/** The finding that each switch must lead to, as a part of the text. */
export type Off<Name extends string> = Readonly<Partial<Record<Name, string>>>;

export function rule<Name extends string>(
  name: string,
  off: Off<Name>,
  scenario: (faults: Readonly<Partial<Record<Name, boolean>>>) => string | null | Promise<string | null>,
): void {
  it(name, async () => {
    const switches = Object.entries(off) as [Name, string][];
    expect(switches.length).toBeGreaterThan(0);
    expect(await scenario({} as Partial<Record<Name, boolean>>), 'with the rule').toBeNull();
    for (const [fault, finding] of switches) {
      const found = await scenario({ [fault]: true } as Partial<Record<Name, boolean>>);
      expect(found ?? 'nothing', fault).toContain(finding);
    }
  });
}
