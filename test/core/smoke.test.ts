import { expect, test } from 'vitest';
import { initialState, nextInternal, step, type State } from '../../src/core/index.js';
import type { Input, Outgoing } from '../../src/core/step-types.js';

test('three replicas choose', () => {
  const members = ['r1.a', 'r2.b', 'r3.c'];
  const birth = { cell: 'c', members, alpha: 4, leaseMs: 1, driftPerMille: 1 };
  const states = new Map<string, State>(members.map((m) => [m, initialState(m, 1, birth)]));
  const queue: [string, Input][] = [];
  const feed = (m: string, input: Input): void => {
    let next: Input | null = input;
    while (next !== null) {
      const t = step(states.get(m)!, next);
      states.set(m, t.state);
      for (const e of t.effects) if (e.kind === 'send') send(m, e.outgoing);
      const i = nextInternal(t.state);
      next = i === null ? null : { kind: 'internal', internal: i };
    }
    const n = states.get(m)!.unsynced.length;
    if (n > 0) queue.push([m, { kind: 'persist', count: n }]);
  };
  const send = (m: string, o: Outgoing): void => {
    const tos = o.to === 'peers' ? members.filter((x) => x !== m) : [o.to];
    for (const t of tos) queue.push([t, { kind: 'message', from: m, message: o.message }]);
  };
  const drain = (): void => {
    for (let q = queue.shift(); q; q = queue.shift()) feed(...q);
  };
  feed('r1.a', { kind: 'campaign' });
  drain();
  expect(states.get('r1.a')!.role).toBe('leader');
  for (let i = 0; i < 4; i++)
    feed('r1.a', {
      kind: 'propose',
      value: { kind: 'batch', commands: [{ id: 'x' + i, op: new Uint8Array([i]) }] },
    });
  drain();
  for (const s of states.values()) expect(s.prefix).toBe(4);
});
