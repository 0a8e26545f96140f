/** The simulated ports keep the contracts of the real ones. */
import { describe, expect, it } from 'vitest';
import { SimClock, type ProcessClock } from '../../src/sim/clock.js';
import { SimDisk } from '../../src/sim/disk.js';
import { SimNetwork } from '../../src/sim/network.js';
import { SimRandom } from '../../src/sim/random.js';
import { SimTraceSink } from '../../src/sim/trace-sink.js';
import type { Member } from '../../src/core/types.js';
import { clockContract } from '../contract/clock.contract.js';
import { diskContract } from '../contract/disk.contract.js';
import { A, acceptRecords, B, C, frames } from '../contract/samples.js';
import { traceSinkContract } from '../contract/trace-sink.contract.js';
import { type Arrival, transportContract } from '../contract/transport.contract.js';

const untilOn = (clock: SimClock) => (condition: () => boolean) => {
  for (let i = 0; i < 1000 && !condition(); i++) clock.runUntil(condition, 10);
  expect(condition(), 'the condition holds within 10 s of virtual time').toBe(true);
  return Promise.resolve();
};

clockContract('SimClock', () => {
  const clock = new SimClock();
  return { clock, until: untilOn(clock) };
});

for (const seed of [1, 2, 3]) {
  diskContract(`SimDisk, seed ${seed}`, () => {
    const clock = new SimClock();
    const disk = new SimDisk(new SimRandom(seed), { minMs: 1, maxMs: 7 });
    let process: ProcessClock | null = null;
    return {
      open: () => {
        process = clock.process();
        return Promise.resolve(disk.start(process));
      },
      crash: () => {
        process?.end();
        disk.crash();
        return Promise.resolve();
      },
      until: untilOn(clock),
      syncs: () => disk.counts.syncs,
      close: () => Promise.resolve(),
    };
  });
}

const linkBroke = (): void => undefined;
const NETWORK = {
  minMs: 1,
  maxMs: 4,
  lossPerMille: 0,
  duplicatePerMille: 0,
  reorder: false,
  tailPerMille: 0,
  tailMs: 0,
};

transportContract('SimNetwork', () => {
  const clock = new SimClock();
  const network = new SimNetwork(clock, new SimRandom(4), NETWORK);
  const arrivals = new Map<Member, Arrival[]>([A, B, C].map((member) => [member, []]));
  const breaks = new Map<Member, Member[]>([A, B, C].map((member) => [member, []]));
  const up = (member: Member): Promise<void> => {
    network.attach(member, {
      start: 1,
      receive: (from, frame) => arrivals.get(member)?.push({ from, frame }),
      linkBroke: (to) => breaks.get(member)?.push(to),
    });
    return Promise.resolve();
  };
  for (const member of [A, B, C]) void up(member);
  return {
    transport: (member) => network.transport(member),
    arrivals: (member) => arrivals.get(member) ?? [],
    breaks: (member) => breaks.get(member) ?? [],
    down: (member) => {
      network.detach(member);
      return Promise.resolve();
    },
    up,
    until: untilOn(clock),
    close: () => Promise.resolve(),
  };
});

traceSinkContract('SimTraceSink', () => {
  const sink = new SimTraceSink();
  return { sink, crash: () => sink.crash(), lines: () => sink.lines(), close: () => undefined };
});

describe('SimRandom', () => {
  it('gives the same numbers for the same seed and others for another', () => {
    const draw = (seed: number): number[] => {
      const random = new SimRandom(seed);
      return Array.from({ length: 20 }, () => random.integer(0, 1_000_000));
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('stays in its bounds and reaches them', () => {
    const random = new SimRandom(1);
    const seen = new Set(Array.from({ length: 500 }, () => random.integer(3, 7)));
    expect([...seen].sort()).toEqual([3, 4, 5, 6, 7]);
  });

  it('forks streams that do not depend on what was drawn before', () => {
    const one = new SimRandom(9);
    const two = new SimRandom(9);
    two.integer(0, 5);
    expect(one.fork('disk').integer(0, 1e9)).toBe(two.fork('disk').integer(0, 1e9));
    expect(one.fork('disk').integer(0, 1e9)).not.toBe(one.fork('network').integer(0, 1e9));
  });
});

describe('SimDisk', () => {
  it('leaves how much of an unsynced suffix survives to the seed: nothing, all, or a part', () => {
    const kept = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const disk = new SimDisk(new SimRandom(seed), { minMs: 1, maxMs: 1 });
      disk.start(new SimClock()).disk.append(acceptRecords(0, 4));
      disk.crash();
      kept.add(disk.recover().length);
    }
    expect([...kept].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('takes no further call after a sync error', () => {
    const clock = new SimClock();
    const disk = new SimDisk(new SimRandom(1), { minMs: 1, maxMs: 1 });
    const port = disk.start(clock).disk;
    disk.failNextSync = new Error('EIO');
    let error: Error | null = null;
    port.append(acceptRecords(0, 0));
    port.sync((e) => {
      error = e;
    });
    clock.run(5);
    expect(error).toEqual(new Error('EIO'));
    expect(() => port.append(acceptRecords(1, 1))).toThrow('must not be used again');
  });
});

describe('SimNetwork', () => {
  const run = (options: Partial<typeof NETWORK>, act: (network: SimNetwork, clock: SimClock) => void) => {
    const clock = new SimClock();
    const network = new SimNetwork(clock, new SimRandom(11), { ...NETWORK, ...options });
    const got: Arrival[] = [];
    network.attach(B, { start: 1, receive: (from, frame) => got.push({ from, frame }), linkBroke });
    act(network, clock);
    clock.run(1000);
    return { got, counts: network.counts };
  };
  const parts = frames[0] ?? { kind: 'parts', parts: [] };

  it('loses, repeats and counts', () => {
    const { got, counts } = run({ lossPerMille: 300, duplicatePerMille: 300 }, (network) => {
      for (let n = 0; n < 300; n++) network.transport(A).send(B, parts);
    });
    expect(counts.lost).toBeGreaterThan(30);
    expect(counts.duplicated).toBeGreaterThan(30);
    expect(got.length).toBe(300 - counts.lost + counts.duplicated);
  });

  it('loses what is sent over a cut link and delivers it once healed', () => {
    const { got, counts } = run({}, (network, clock) => {
      network.fault(A, B, 'cut');
      network.transport(A).send(B, parts);
      clock.run(50);
      network.heal(A, B);
      network.transport(A).send(B, parts);
    });
    expect([got.length, counts.cut]).toEqual([1, 1]);
  });

  it('keeps what is sent over a held link until it is healed', () => {
    const { got } = run({}, (network, clock) => {
      network.fault(A, B, 'held');
      network.transport(A).send(B, parts);
      clock.run(50);
      network.healAll();
    });
    expect(got).toEqual([{ from: A, frame: parts }]);
  });

  it('gives a request to no later start than that to which it was sent', () => {
    const got2: Arrival[] = [];
    const { got } = run({}, (network) => {
      for (const frame of frames) network.transport(A).send(B, frame);
      network.attach(B, { start: 2, receive: (from, frame) => got2.push({ from, frame }), linkBroke });
    });
    expect(got).toEqual([]);
    expect(got2).toEqual([{ from: A, frame: parts }]);
  });
});
