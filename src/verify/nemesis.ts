/** Kills leaders, starts the dead again, replaces a machine, moves the mastership, while clients work. */
import { setTimeout as sleep } from 'node:timers/promises';
import { DecreeError } from '../errors.js';
import type { Pick } from '../history/index.js';

export interface Victims {
  /** The replica that leads, by its own word; null while nobody does. */
  leader(): Promise<string | null>;
  /** The replicas that run. */
  running(): readonly string[];
  /** SIGKILL; resolves when the process is gone. */
  kill(replica: string): Promise<void>;
  /** Starts it from its files; resolves when it serves. */
  start(replica: string): Promise<void>;
  /** A new machine takes the place of one that is dead, in one change; resolves when it votes. */
  replace(replica: string): Promise<void>;
  /** The leader hands the mastership over to that replica; null once it leads, else why it was refused. */
  transfer(replica: string): Promise<string | null>;
}

export interface Blow {
  readonly replica: string;
  /** Milliseconds from the kill to the next leader. */
  readonly outageMs: number;
}

export interface Replacement {
  readonly replica: string;
  /** Milliseconds from the order until the new member votes and the old one does not. */
  readonly tookMs: number;
}

export interface Transfer {
  readonly from: string;
  readonly to: string;
  /** Milliseconds from the order until the other one leads, by its own word. */
  readonly tookMs: number;
}

/** How long a cell may be without a leader before a run gives up, in milliseconds. */
const PATIENCE_MS = 15_000;

export class Nemesis {
  readonly blows: Blow[] = [];
  readonly replacements: Replacement[] = [];
  readonly transfers: Transfer[] = [];
  private readonly down: string[] = [];

  constructor(
    private readonly victims: Victims,
    private readonly pick: Pick,
    private readonly say: (line: string) => void,
  ) {}

  /** Kills whoever leads, at a random moment within 100 ms, and waits for the next leader. */
  async killLeader(): Promise<void> {
    await this.waitForLeader(null);
    await sleep(this.pick(100));
    const leader = await this.waitForLeader(null);
    await this.victims.kill(leader);
    this.down.push(leader);
    this.say(`killed ${leader}, which led`);
    const at = performance.now();
    const next = await this.waitForLeader(leader);
    const outageMs = Math.round(performance.now() - at);
    this.blows.push({ replica: leader, outageMs });
    this.say(`${next} leads, ${outageMs} ms later`);
  }

  /** Starts every replica that was killed. */
  async restart(): Promise<void> {
    for (const replica of this.down.splice(0)) {
      await this.victims.start(replica);
      this.say(`${replica} is back from its files`);
    }
  }

  /** Kills one that does not lead, for good: its disk is gone with it, and a new machine takes its place. */
  async replaceFollower(): Promise<void> {
    const leader = await this.waitForLeader(null);
    const replica = this.follower(leader);
    await this.victims.kill(replica);
    this.say(`killed ${replica} for good; a new machine takes its place`);
    const at = performance.now();
    await this.victims.replace(replica);
    const tookMs = Math.round(performance.now() - at);
    this.replacements.push({ replica, tookMs });
    this.say(`the new ${replica} votes, ${tookMs} ms later`);
  }

  /** The leader hands over to one of the others. One that is behind is refused: it has to catch up first. */
  async transfer(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const from = await this.waitForLeader(null);
      const to = this.follower(from);
      const at = performance.now();
      const refused = await this.victims.transfer(to);
      if (refused === null) {
        await this.waitForLeader(from);
        const tookMs = Math.round(performance.now() - at);
        this.transfers.push({ from, to, tookMs });
        return this.say(`${from} handed the mastership over to ${to} in ${tookMs} ms`);
      }
      if (performance.now() > deadline)
        throw new DecreeError('failed', `${from} does not hand over to ${to}: ${refused}`);
      await sleep(100);
    }
  }

  private follower(leader: string): string {
    const followers = this.victims.running().filter((replica) => replica !== leader);
    const replica = followers[this.pick(followers.length)];
    if (replica === undefined) throw new DecreeError('failed', `no other replica runs beside ${leader}`);
    return replica;
  }

  private async waitForLeader(not: string | null): Promise<string> {
    const deadline = performance.now() + PATIENCE_MS;
    while (performance.now() < deadline) {
      const leader = await this.victims.leader();
      if (leader !== null && leader !== not) return leader;
      await sleep(10);
    }
    throw new DecreeError('failed', `no replica led for ${PATIENCE_MS / 1000} s, with a quorum alive`);
  }
}
