/** Plays the golden scripts. After an intended change: UPDATE_SCRIPTS=1 npx vitest run test/scenarios */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { play } from './script.js';

const FOLDER = dirname(fileURLToPath(import.meta.url));
const SCRIPTS = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

describe('golden scripts', () => {
  it('are there', () => {
    expect(SCRIPTS.length).toBeGreaterThanOrEqual(6);
  });

  it.each(SCRIPTS)('%s', (name) => {
    const path = join(FOLDER, name);
    const text = readFileSync(path, 'utf8');
    const played = play(text);
    if (process.env['UPDATE_SCRIPTS'] === '1') writeFileSync(path, played);
    expect(played).toBe(process.env['UPDATE_SCRIPTS'] === '1' ? played : text);
  });

  it('fails where a line is not met', () => {
    expect(play('> cell 1 1\n> start\n> elect\nnobody is elected')).toBe(
      '> cell 1 1\n> start\n> elect\nelected',
    );
  });
});
