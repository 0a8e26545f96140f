/**
 * Clients of a simulated cell: each asks one replica after another, puts some requests again that were not
 * answered, some at two replicas at once, and now and then far too many. What they did and saw is recorded.
 * Some number their requests in sessions; they are in session-client.ts.
 */
import {
  Operations,
  pickFrom,
  Recorder,
  type History,
  type KvInput,
  type KvOutput,
} from '../../history/index.js';
import type { Slot } from '../../core/types.js';
import type { Answer } from '../../driver/ports.js';
import type { ExactlyOnceCheck } from '../checks/exactly-once.js';
import type { SimRandom } from '../random.js';
import { commandOf, outputOf } from './kv.js';
import type { Settings } from './knobs.js';
import { SessionClient } from './session-client.js';
import type { World } from './world.js';

/** An acknowledgement, as the checkers of durability want to know it. */
export type Acknowledge = (id: string, slot: number) => void;

/** Of those without a session. */
export interface ClientCounts {
  asked: number;
  answered: number;
  refused: number;
  unknown: number;
  retried: number;
  doubled: number;
}

/** A request that was put; its id is known once a process took it, which may be after its client gave up. */
interface Attempt {
  readonly operation: number;
  readonly input: KvInput;
  id: string;
}

/** How many of the clients have a session. */
export function sessionClients({ clients, sessionsPerMille }: Settings): number {
  return Math.ceil((clients * sessionsPerMille) / 1_000);
}

/** Clients of these numbers put probes. */
const PROBES = 1_000_000;

export class Clients {
  readonly counts: ClientCounts = {
    ...{ asked: 0, answered: 0, refused: 0, unknown: 0, retried: 0, doubled: 0 },
  };
  private readonly recorder = new Recorder<KvInput, KvOutput>();
  private readonly random: SimRandom;
  /** The highest slot that an answer named. */
  newest: Slot = 0;
  /** Operations without an answer: their clients wait for it, or gave up. */
  private readonly unseen = new Set<Attempt>();
  /** Requests that were certainly not and will never be executed, by their answers. */
  private readonly refused: { readonly id: string; readonly reason: string }[] = [];
  private running = true;
  /** Members that are asked; null: all that there are, until the faults end. */
  private targets: readonly string[] | null = null;
  private readonly sessions: SessionClient[] = [];

  constructor(
    private readonly world: World,
    private readonly acknowledged: Acknowledge,
    private readonly check: ExactlyOnceCheck,
  ) {
    this.random = world.random('clients');
  }

  start(): void {
    const { settings } = this.world;
    const plain = settings.clients - sessionClients(settings);
    for (let client = 0; client < plain; client++) this.begin(client);
    for (let client = plain; client < settings.clients; client++) this.beginSession(client);
    this.world.often(settings.bursts, this.random, (random) => {
      this.world.count('overloads');
      const operations = this.operations(settings.clients, random);
      for (let i = 0; i < settings.burstSize; i++) this.ask(settings.clients + i, operations.next(), null);
    });
    this.world.often(settings.longSilences, this.world.random('silences'), (random) =>
      this.fallSilent(random),
    );
  }

  private beginSession(client: number): void {
    const random = this.random.fork(`session ${client}`);
    const session = new SessionClient({
      ...{ client, random, world: this.world, recorder: this.recorder, check: this.check },
      operations: this.operations(client, random),
      running: () => this.running,
      target: (other) => this.someTarget(random, other),
      put: (name, command, waitMs, done) => {
        if (name === undefined || this.world.cell.node(name).process === null) done(null);
        else this.put(name, command, waitMs, done);
      },
    });
    this.sessions.push(session);
    session.start();
  }

  /** One of the clients with a session, if there is any, falls silent. */
  fallSilent(random: SimRandom): void {
    if (this.sessions.length === 0) return;
    this.world.count('long silences');
    this.sessions[random.integer(0, this.sessions.length - 1)]?.fallSilent();
  }

  /** From now on only these are asked. */
  askOnly(targets: readonly string[]): void {
    this.targets = targets;
  }

  /** Puts one request to a member; `answered` is called if it gets its answer. */
  probe(name: string, answered: () => void): void {
    const client = PROBES + Number(name.slice(1)) - 1;
    const input: KvInput = { kind: 'put', key: `probe/${name}`, value: String(this.counts.asked) };
    this.attempt(name, client, input, (answer) => {
      if (answer?.ok === true) answered();
    });
  }

  /** No request is put any more, but by probe(). */
  stop(): void {
    this.running = false;
  }

  /**
   * What the clients did and saw; asked once, at the end of the run. Of a request whose answer nobody saw,
   * also of one that is under way, the log tells what became of it: its result, by the end of the run, or
   * that it never happened. This only makes the check stricter, and as no operation is open then, the
   * revisions fix the order of all changes: nothing is left to search for.
   */
  history(resultOf: (id: string) => Uint8Array | undefined): History<KvInput, KvOutput> {
    for (const { operation, input, id } of this.unseen) {
      const result = resultOf(id);
      if (result === undefined) this.recorder.refuse(operation);
      else this.recorder.answer(operation, outputOf(input, result));
    }
    this.unseen.clear();
    for (const session of this.sessions) session.complete();
    return this.recorder.history();
  }

  /** Requests that were executed although their answer excludes it. */
  executedAnyway(resultOf: (id: string) => Uint8Array | undefined): readonly string[] {
    return this.refused
      .filter(({ id }) => resultOf(id) !== undefined)
      .map(({ id, reason }) => `${id} was executed, and its client was told: ${reason}`);
  }

  private operations(client: number, random = this.random): Operations {
    return new Operations(client, pickFrom(random.integer(0, 2 ** 31)));
  }

  /** A client thinks, puts a few requests at once to one replica, waits for all of them, and thinks again. */
  private begin(client: number): void {
    const operations = this.operations(client);
    const { thinkMs, pipeline } = this.world.settings;
    const pause = (): void => {
      this.world.cell.clock.after(this.random.integer(1, 2 * thinkMs), next);
    };
    const next = (): void => {
      if (!this.running) return;
      let left = this.random.integer(1, pipeline);
      const name = this.someTarget();
      const done = (output: KvOutput | null): void => {
        if (output !== null) operations.saw(output);
        left -= 1;
        if (left === 0) pause();
      };
      for (let i = left; i > 0; i--) this.ask(client, operations.next(), done, name);
    };
    pause();
  }

  /** Puts an operation to some replica; `done` is called once, when it is over. */
  private ask(
    client: number,
    input: KvInput,
    done: ((output: KvOutput | null) => void) | null,
    name = this.someTarget(),
  ): void {
    const { settings, cell } = this.world;
    if (this.random.chance(settings.doublePerMille)) {
      this.counts.doubled += 1;
      this.once(this.someTarget(), client, input, () => undefined);
    }
    this.once(name, client, input, (answer) => {
      const again = answer === null || !answer.ok;
      if (again && this.running && this.random.chance(settings.retryPerMille)) {
        this.counts.retried += 1;
        cell.clock.after(this.random.integer(1, 2 * settings.heartbeatMs), () =>
          this.ask(client, input, done),
        );
        return;
      }
      done?.(answer?.ok === true ? outputOf(input, answer.result) : null);
    });
  }

  /** Some clients know who leads, and others ask anyone. */
  private someTarget(random = this.random, other?: string): string | undefined {
    const { cell, settings } = this.world;
    const leader = random.chance(settings.leaderPerMille) ? cell.leader() : null;
    const targets = this.targets ?? cell.names;
    if (leader !== null && leader !== other && targets.includes(leader)) return leader;
    const up = targets.filter((name) => cell.node(name).process !== null);
    const others = up.length > 1 ? up.filter((name) => name !== other) : up;
    return others[random.integer(0, Math.max(0, others.length - 1))];
  }

  /** One attempt, an operation of its own in the history: what was put twice may happen twice. */
  private once(
    name: string | undefined,
    client: number,
    input: KvInput,
    done: (answer: Answer | null) => void,
  ): void {
    if (name === undefined || this.world.cell.node(name).process === null) {
      this.counts.refused += 1;
      done(null);
      return;
    }
    this.attempt(name, client, input, done);
  }

  private attempt(name: string, client: number, input: KvInput, done: (answer: Answer | null) => void): void {
    this.counts.asked += 1;
    const attempt: Attempt = { operation: this.recorder.invoke(client, input), input, id: '' };
    this.unseen.add(attempt);
    const end = (answer: Answer | null): void => {
      if (this.end(attempt, answer)) this.unseen.delete(attempt);
      done(answer);
    };
    // A little longer than the replica would.
    const waitMs = 2 * this.world.settings.requestTimeoutMs;
    this.put(name, commandOf(input), waitMs, end, (id) => (attempt.id = id));
  }

  /** Puts a command to a process that runs; `done` is called once, with its answer or, in the end, null. */
  private put(
    name: string,
    command: Uint8Array,
    waitMs: number,
    done: (answer: Answer | null) => void,
    taken: (id: string) => void = () => undefined,
  ): void {
    const { cell } = this.world;
    let over = false;
    let id = '';
    const end = (answer: Answer | null): void => {
      if (over) return;
      over = true;
      cancel();
      if (answer?.ok === true) {
        this.newest = Math.max(this.newest, answer.slot);
        this.acknowledged(id, answer.slot);
      } else if (answer !== null && !isInDoubt(answer)) this.refused.push({ id, reason: answer.reason });
      done(answer);
    };
    // A process that is killed or stopped gives no answer.
    const cancel = cell.clock.after(waitMs, () => end(null));
    cell.node(name).submit(command, end, (given) => {
      id = given;
      taken(given);
    });
  }

  /** False where nobody knows what became of it. */
  private end({ operation, input }: Attempt, answer: Answer | null): boolean {
    if (answer?.ok === true) {
      this.counts.answered += 1;
      this.recorder.answer(operation, outputOf(input, answer.result));
      return true;
    }
    if (isInDoubt(answer)) {
      this.counts.unknown += 1;
      return false;
    }
    this.counts.refused += 1;
    this.recorder.refuse(operation);
    return true;
  }
}

/** Whether a command without that answer, or without any, may have been executed or be yet. */
function isInDoubt(answer: Extract<Answer, { ok: false }> | null): boolean {
  return answer === null || answer.reason === 'timed out' || answer.reason === 'stopping';
}
