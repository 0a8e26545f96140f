import { it } from 'vitest';
import { WalRun } from './wal-runs.js';
it('hist', { timeout: 300_000 }, () => {
  const hist = new Map<string, number[]>();
  const N = Number(process.env['DECREE_RUNS'] ?? 2000);
  const t = process.hrtime.bigint();
  const failing = process.env['NOFAIL'] === undefined;
  const faults = JSON.parse(process.env['FAULTS'] ?? '{}') as object;
  for (let s = 1; s <= N; s++) {
    let w: string | null;
    try { w = new WalRun(s, faults, failing).run(60).wrong; } catch (e) { w = 'THROWN ' + (e as Error).stack!.split('\n').slice(0,4).join('|'); }
    if (w !== null) { const k = w.replace(/\d+/g, 'N'); hist.set(k, [...(hist.get(k) ?? []), s]); }
  }
  console.log(Number(process.hrtime.bigint() - t) / 1e9, 's');
  for (const [k, v] of [...hist].sort((a, b) => b[1].length - a[1].length)) console.log(v.length, k, v.slice(0, 4).join(','));
});
