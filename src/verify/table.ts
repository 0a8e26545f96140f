/** The table at the end of a run. */

/** A row: what, how much, and whether it is as it must be; null where nothing is demanded. */
export interface Row {
  readonly part: string;
  readonly what: string;
  readonly found: string;
  readonly ok: boolean | null;
}

/** Columns as wide as their longest cell; one line per row, no newline at the end. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row, i) => [
    rows[i - 1]?.part === row.part ? '' : row.part,
    row.what,
    row.found,
    row.ok === null ? '' : row.ok ? 'ok' : 'FAILED',
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...cells.map((line) => (line[column] ?? '').length)));
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** 12345 as 12,345. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}
