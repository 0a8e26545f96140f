/** The contract suites of the driver's ports, run on the real clock, disk and transport. */
import type { Birth, Member } from '../../src/core/types.js';
import { realClock, realRandom } from '../../src/runtime/clock.js';
import { silent } from '../../src/runtime/logger.js';
import type { Address } from '../../src/runtime/tcp/outgoing.js';
import { TcpTransport } from '../../src/runtime/tcp/transport.js';
import { realFiles } from '../../src/runtime/real-files.js';
import { WriteAheadLog } from '../../src/storage/log.js';
import { readLog } from '../../src/storage/recover.js';
import { settle } from '../../src/storage/settle.js';
import { clockContract } from '../contract/clock.contract.js';
import { diskContract, type DiskHarness } from '../contract/disk.contract.js';
import { A, B, C } from '../contract/samples.js';
import { transportContract, type Arrival, type TransportHarness } from '../contract/transport.contract.js';
import { temporary } from './temporary.js';

const until = async (condition: () => boolean): Promise<void> => {
  for (let i = 0; i < 2_000; i += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('it did not happen within 10 s');
};

clockContract('monotonic clock', () => ({ clock: realClock, until }));

/**
 * The death of a process alone: what it appended is in the page cache, what it was syncing may be on disk.
 */
function logHarness(): DiskHarness {
  const directory = temporary();
  const identity = { cell: 'test', member: A };
  let log: WriteAheadLog | null = null;
  let syncs = 0;
  const files = {
    ...realFiles,
    fdatasync: (fd: number, done: (error: Error | null) => void): void => {
      syncs += 1;
      realFiles.fdatasync(fd, done);
    },
  };
  return {
    open: () => {
      const recovery = readLog(realFiles, directory, identity, 0);
      log = new WriteAheadLog(directory, identity, settle(realFiles, directory, recovery), {
        segmentBytes: 2_000,
        onFatal: () => undefined,
        files,
      });
      return Promise.resolve({ disk: log, start: log.start, records: recovery.records });
    },
    crash: () => {
      log?.abandon();
      return Promise.resolve();
    },
    until,
    syncs: () => syncs,
    close: () => Promise.resolve(log?.abandon()),
  };
}

diskContract('write-ahead log', logHarness);

const birth: Birth = { cell: 'test', members: [A, B, C], alpha: 32, leaseMs: 2000, driftPerMille: 10 };

async function tcpHarness(): Promise<TransportHarness> {
  const arrivals = new Map<Member, Arrival[]>([A, B, C].map((member) => [member, []]));
  const breaks = new Map<Member, Member[]>([A, B, C].map((member) => [member, []]));
  const transports = new Map<Member, TcpTransport>();
  const addresses = new Map<Member, Address>();
  const up = async (self: Member): Promise<void> => {
    const transport = new TcpTransport({
      birth,
      self,
      clock: realClock,
      random: realRandom,
      log: silent,
      options: { backoffMinMs: 5, backoffMaxMs: 50 },
      receive: (from, frame) => arrivals.get(self)?.push({ from, frame }),
      broke: (to) => breaks.get(self)?.push(to),
    });
    const host = '127.0.0.1';
    const port = await transport.listen({ host, port: addresses.get(self)?.port ?? 0 });
    addresses.set(self, { host, port });
    transports.set(self, transport);
  };
  for (const member of [A, B, C]) await up(member);
  for (const transport of transports.values()) transport.connect(addresses);
  const of = (member: Member): TcpTransport => {
    const transport = transports.get(member);
    if (transport === undefined) throw new Error(`no transport of ${member}`);
    return transport;
  };
  return {
    transport: of,
    arrivals: (member) => arrivals.get(member) ?? [],
    breaks: (member) => breaks.get(member) ?? [],
    down: (member) => of(member).close(),
    up: async (member) => {
      await up(member);
      of(member).connect(addresses);
    },
    until,
    close: async () => {
      for (const transport of transports.values()) await transport.close();
    },
  };
}

transportContract('TCP', tcpHarness);
