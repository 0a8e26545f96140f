/** What a run over all guards has found so far: one that was ended goes on, as long as spec/ is the same. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as t from 'io-ts';
import { packageRoot } from '../../src/root.js';
import { decode } from '../models/codec.js';
import { OutcomesCodec, type Outcome } from './record.js';

const ProgressCodec = t.type({ spec: t.string, outcomes: OutcomesCodec });

export interface Progress {
  readonly outcomes: Map<string, Outcome>;
  save(): void;
}

/** `again` forgets an earlier run. */
export function openProgress(folder: string, tier: string, again: boolean): Progress {
  const file = join(packageRoot(), '.cache', `guards-${tier}.json`);
  const spec = fingerprint(folder);
  const before = existsSync(file) && !again ? decode(ProgressCodec, file) : undefined;
  const outcomes = new Map(before?.spec === spec ? Object.entries(before.outcomes) : []);
  const save = (): void => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ spec, outcomes: Object.fromEntries(outcomes) }));
  };
  return { outcomes, save };
}

/** Of the modules and configurations, and of which models there are. */
function fingerprint(folder: string): string {
  const files = [folder, join(folder, 'models')].flatMap((at) =>
    readdirSync(at).map((name) => join(at, name)),
  );
  const hash = createHash('sha256');
  for (const file of files.filter((name) => /\.(tla|cfg)$|models\/.*\.json$/.test(name)).sort()) {
    hash.update(file).update('\0').update(readFileSync(file));
  }
  return hash.digest('hex');
}
