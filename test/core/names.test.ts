import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { handleAccept, handlePrepare } from '../../src/core/acceptor.js';
import { announce, becomeLeader, campaign, choose, handleReject, propose } from '../../src/core/leader.js';
import { apply, handleCatchUp, handleChosen, sendEntries } from '../../src/core/learner.js';
import { restart } from '../../src/core/recover.js';
import { installSnapshot, takeSnapshot } from '../../src/core/snapshots.js';
import { persist } from '../../src/core/storage.js';
import type { ActionName } from '../../src/core/step-types.js';
import { packageRoot } from '../../src/root.js';
import { AHEAD, specFiles } from '../conformance/partners.js';

/** The compiler sees that none is missing and none is too many. */
const FUNCTIONS: Record<ActionName, { readonly name: string }> = {
  Campaign: campaign,
  HandlePrepare: handlePrepare,
  BecomeLeader: becomeLeader,
  Propose: propose,
  HandleAccept: handleAccept,
  Choose: choose,
  Announce: announce,
  HandleChosen: handleChosen,
  SendEntries: sendEntries,
  HandleCatchUp: handleCatchUp,
  HandleReject: handleReject,
  Apply: apply,
  TakeSnapshot: takeSnapshot,
  InstallSnapshot: installSnapshot,
  Persist: persist,
  Restart: restart,
};

const core = join(packageRoot(), 'src', 'core');
const source = readdirSync(core)
  .map((file) => readFileSync(join(core, file), 'utf8'))
  .join('\n');
const spec = specFiles(packageRoot())
  .map((file) => readFileSync(join(packageRoot(), file), 'utf8'))
  .join('\n');

describe('one function per action of the spec, under the same name', () => {
  test.each(Object.entries(FUNCTIONS))('%s', (action, { name }) => {
    expect(name).toBe(action.charAt(0).toLowerCase() + action.slice(1));
    expect(spec).toMatch(new RegExp(`^${action}\\(r\\b.*\\) ==`, 'm'));
    expect(source, 'a docstring that names the action').toMatch(
      new RegExp(`/\\*\\*\\s+(\\* )?${action}: (?:[^*]|\\*(?!/))*\\*/\\s+export function ${name}\\(`),
    );
  });

  test('and an action that has none: a crash is not handled', () => {
    const boxes = spec.match(/^\(\* WHO /gm) ?? [];
    expect(boxes).toHaveLength(Object.keys(FUNCTIONS).length + AHEAD.length + 1);
    expect(spec).toMatch(/^Crash\(r, n\) ==/m);
  });
});
