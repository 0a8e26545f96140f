/** Reads what a TLC configuration demands, as far as its output does not say it. */

/** The words that begin a section of a configuration. */
const SECTIONS: ReadonlySet<string> = new Set([
  ...['INIT', 'NEXT', 'SPECIFICATION', 'CONSTANT', 'CONSTANTS', 'CONSTRAINT', 'CONSTRAINTS'],
  ...['ACTION_CONSTRAINT', 'ACTION_CONSTRAINTS', 'INVARIANT', 'INVARIANTS', 'PROPERTY', 'PROPERTIES'],
  ...['SYMMETRY', 'VIEW', 'CHECK_DEADLOCK'],
]);

/** The names under PROPERTY and PROPERTIES, in their order; comments are skipped. */
export function parseProperties(cfg: string): string[] {
  const plain = cfg.replaceAll(/\(\*[\s\S]*?\*\)/g, ' ').replaceAll(/\\\*.*$/gm, ' ');
  const names: string[] = [];
  let inside = false;
  for (const word of plain.split(/\s+/).filter((part) => part !== '')) {
    if (SECTIONS.has(word)) inside = word === 'PROPERTY' || word === 'PROPERTIES';
    else if (inside) names.push(word);
  }
  return names;
}
