/** What the nemesis may do to the cell of the main job, by way of its processes and its client ports. */
import { idOf } from '../api/ids.js';
import { Client } from '../client/index.js';
import { DecreeError } from '../errors.js';
import type { CellAddress, LocalCell } from '../runtime/cell.js';
import { CHANGE_TIMEOUTS, joinLocally } from './join.js';
import type { Victims } from './nemesis.js';

/** How long a replica may take to say who leads, in milliseconds. */
const STATUS_MS = 500;

export class CellVictims implements Victims {
  /** Knows the endpoints of today's members. */
  private watcher: Client;

  constructor(private readonly cell: LocalCell) {
    this.watcher = this.watch();
  }

  async leader(): Promise<string | null> {
    const said = await Promise.all(this.cell.addresses().map((one) => leads(this.watcher, one)));
    const newest = said.reduce((best, one) => (one.round > best.round ? one : best), NOBODY);
    return newest.replica;
  }

  running(): readonly string[] {
    return this.cell.addresses().flatMap(({ replica, pid }) => (pid === null ? [] : [replica]));
  }

  kill(replica: string): Promise<void> {
    return this.cell.kill(replica);
  }

  start(replica: string): Promise<void> {
    return this.cell.start(replica);
  }

  async replace(replica: string): Promise<void> {
    await this.withMember(replica, (client, replaces) =>
      joinLocally(this.cell, client, { replica, learner: false, replaces }),
    );
    this.watcher.close();
    this.watcher = this.watch();
  }

  async transfer(replica: string): Promise<string | null> {
    const outcome = await this.withMember(replica, (client, id) => client.moveLeader(id));
    return outcome.kind === 'ok' ? null : outcome.error.message;
  }

  close(): void {
    this.watcher.close();
  }

  /** With a patient client of today's members, and the number of that replica's member. */
  private async withMember<T>(replica: string, run: (client: Client, id: bigint) => Promise<T>): Promise<T> {
    const found = this.cell.addresses().find((one) => one.replica === replica);
    if (found === undefined) throw new DecreeError('internal', `there is no replica ${replica}`);
    const client = new Client({ endpoints: this.endpoints(), ...CHANGE_TIMEOUTS });
    try {
      return await run(client, idOf(found.member));
    } finally {
      client.close();
    }
  }

  private watch(): Client {
    return new Client({ endpoints: this.endpoints(), timeoutMs: STATUS_MS });
  }

  private endpoints(): readonly string[] {
    return this.cell.addresses().map(endpoint);
  }
}

interface Leads {
  readonly replica: string | null;
  readonly round: bigint;
}

const NOBODY: Leads = { replica: null, round: -1n };

/** A replica that leads by its own word, and at which round; a deposed one has a lower one. */
async function leads(watcher: Client, one: CellAddress): Promise<Leads> {
  if (one.pid === null) return NOBODY;
  const status = await watcher.status(endpoint(one));
  if (status.kind !== 'ok' || status.value.leader !== idOf(one.member)) return NOBODY;
  return { replica: one.replica, round: status.value.raftTerm };
}

export function endpoint({ client }: CellAddress): string {
  return `${client.host}:${client.port}`;
}
