/**
 * A client that numbers its requests in a session, and asks for each again under its number, at one replica
 * after another, until it has the answer: spec/Sessions.tla, from the side of the client. Answers get lost on
 * the way; late copies arrive; some clients are silent until the cell has ended their session, and then ask
 * again. What was in doubt when a session ended is never asked for in another one.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { KvInput, KvOutput, Operations, Recorder } from '../../history/index.js';
import type { Answer } from '../../driver/ports.js';
import type { Place } from '../../store/place.js';
import { decodeCommandResult, encodeCommand } from '../../store/session-codec.js';
import { isSessionRefusal, type SessionError } from '../../store/session-commands.js';
import type { ExactlyOnceCheck } from '../checks/exactly-once.js';
import type { SimRandom } from '../random.js';
import { operationOf, outputOf } from './kv.js';
import type { World } from './world.js';

export interface SessionPorts {
  readonly client: number;
  readonly world: World;
  readonly random: SimRandom;
  readonly operations: Operations;
  readonly recorder: Recorder<KvInput, KvOutput>;
  readonly check: ExactlyOnceCheck;
  /** Whether requests are put, and put again. */
  readonly running: () => boolean;
  /** Some replica, another than that one if there is any. */
  readonly target: (other?: string) => string | undefined;
  /** Puts a command to a replica; `done` is called once, with null where no answer came in time. */
  readonly put: (
    name: string | undefined,
    command: Uint8Array,
    waitMs: number,
    done: (answer: Answer | null) => void,
  ) => void;
}

/** A session as its client knows it. */
interface Session {
  readonly name: Place;
  next: number;
  /** Numbers without an answer, in ascending order. */
  readonly open: Set<number>;
}

/** An operation under its number. */
interface Numbered {
  readonly session: Session;
  readonly seq: number;
  readonly input: KvInput;
  /** In the history. */
  readonly operation: number;
  readonly done: () => void;
  /** Its first answer is lost, or was. */
  loss: 'none' | 'due' | 'silence' | 'was';
}

/** A client is silent no longer than this, however long sessions live. */
export const MOST_SILENCE_MS = 60_000;

/** In a thousand: attempts after which a request is given up, rounds after which a session is closed. */
const GIVEN_UP = 30;
const CLOSED = 20;

export class SessionClient {
  private session: Session | null = null;
  private silent = false;
  /** Without an answer when they were over; the log tells what became of them. */
  private readonly unseen: Numbered[] = [];

  constructor(private readonly ports: SessionPorts) {}

  start(): void {
    this.pause();
  }

  /** The answers to its next requests are lost, and it is silent for a while before it asks again. */
  fallSilent(): void {
    this.silent = true;
  }

  /** Ends the operations that nobody saw an answer to, by what the log tells. */
  complete(): void {
    const { recorder, check } = this.ports;
    for (const { operation, input, session, seq } of this.unseen) {
      const answer = check.answerTo(session.name, seq);
      if (answer === undefined) recorder.refuse(operation);
      else recorder.answer(operation, outputOf(input, answer));
    }
    this.unseen.length = 0;
  }

  private pause(): void {
    const { random, world } = this.ports;
    this.after(random.integer(1, 2 * world.settings.thinkMs), () => this.next());
  }

  private after(ms: number, run: () => void): void {
    this.ports.world.cell.clock.after(ms, run);
  }

  private next(): void {
    const { random, world, operations } = this.ports;
    if (!this.ports.running()) return;
    const { session } = this;
    if (session === null) return this.open();
    let left = random.integer(1, world.settings.pipeline);
    const name = this.ports.target();
    const loss = this.silent ? 'silence' : null;
    this.silent = false;
    const done = (): void => {
      left -= 1;
      if (left > 0) return;
      if (random.chance(CLOSED)) this.close(session);
      this.pause();
    };
    for (let i = left; i > 0; i--) this.ask(session, operations.next(), name, loss, done);
  }

  private open(): void {
    const { world, random, put, target } = this.ports;
    put(target(), encodeCommand({ kind: 'open' }), 2 * world.settings.requestTimeoutMs, (answer) => {
      const lost = random.chance(world.settings.lostAnswersPerMille);
      if (answer?.ok !== true || lost) return this.pause();
      const decoded = decodeCommandResult(answer.result);
      if (E.isLeft(decoded) || decoded.right.kind !== 'opened') throw new Error('no answer to an open');
      world.count('sessions opened');
      this.session = { name: decoded.right.session, next: 1, open: new Set() };
      this.next();
    });
  }

  private close(session: Session): void {
    if (this.session !== session) return;
    const { world, put, target, check } = this.ports;
    this.session = null;
    check.closes(session.name);
    world.count('sessions closed by their clients');
    const command = encodeCommand({ kind: 'evict', session: session.name, used: null });
    put(target(), command, world.settings.requestTimeoutMs, () => undefined);
  }

  private ask(
    session: Session,
    input: KvInput,
    name: string | undefined,
    loss: 'silence' | null,
    done: () => void,
  ): void {
    const { world, random, recorder, client } = this.ports;
    world.count('numbered requests');
    const seq = session.next++;
    session.open.add(seq);
    const lost = random.chance(world.settings.lostAnswersPerMille) ? 'due' : 'none';
    const operation = recorder.invoke(client, input);
    const one: Numbered = { session, seq, input, operation, done, loss: loss ?? lost };
    if (random.chance(world.settings.lateCopiesPerMille)) this.copy(one);
    this.attempt(one, name);
  }

  /** A copy of the first attempt, which the network has kept for long. */
  private copy(one: Numbered): void {
    const { world, random, put, target } = this.ports;
    const command = commandOf(one);
    const { sessionSilenceMs } = world.settings;
    const late = random.chance(500) ? 100 : Math.min(10_000, 2 * sessionSilenceMs);
    this.after(random.integer(1, late), () => {
      if (!world.faultsOn) return;
      world.count('late copies of numbered requests');
      put(target(), command, world.settings.requestTimeoutMs, () => undefined);
    });
  }

  private attempt(one: Numbered, name: string | undefined): void {
    const { put, random, world } = this.ports;
    const { requestTimeoutMs } = world.settings;
    // An impatient client asks elsewhere while the first attempt is still under way.
    const waitMs = random.integer(Math.ceil(requestTimeoutMs / 4), 2 * requestTimeoutMs);
    put(name, commandOf(one), waitMs, (answer) => {
      if (answer?.ok === true) this.answered(one, answer.result, name);
      else this.again(one, name, this.backOff());
    });
  }

  private backOff(): number {
    return this.ports.random.integer(1, 2 * this.ports.world.settings.heartbeatMs);
  }

  private answered(one: Numbered, result: Uint8Array, name: string | undefined): void {
    const { world, random, recorder, check, operations } = this.ports;
    const { session, seq, input, operation } = one;
    const error = errorOf(result);
    if (error !== null) return this.refused(one, error, name);
    check.told(session.name, seq, result);
    // The run is over at the next look; what is no answer to the operation cannot be read.
    if (check.wrong.length > 0) return this.giveUp(one);
    if (one.loss === 'due' || one.loss === 'silence') {
      const { sessionSilenceMs } = world.settings;
      const silence = random.integer(Math.ceil(1.25 * sessionSilenceMs), Math.ceil(2.5 * sessionSilenceMs));
      const wait = one.loss === 'silence' ? Math.min(MOST_SILENCE_MS, silence) : this.backOff();
      world.count('answers lost');
      one.loss = 'was';
      return this.again(one, name, wait);
    }
    world.count('numbered requests answered');
    const output = outputOf(input, result);
    recorder.answer(operation, output);
    operations.saw(output);
    this.over(one);
  }

  private refused(one: Numbered, error: SessionError, name: string | undefined): void {
    this.ports.world.count(`numbered requests told: ${error}`);
    // The window moves on when the requests before are answered.
    if (error === 'above the window') return this.again(one, name, this.backOff());
    if (error === 'below the window') this.ports.check.toldBelow(one.session.name, one.seq);
    if (error === 'unknown session' && this.session === one.session) this.session = null;
    this.giveUp(one);
  }

  /** Puts a request again, after a while, at another replica. */
  private again(one: Numbered, name: string | undefined, waitMs: number): void {
    const { running, random, target, world } = this.ports;
    if (!running() || (one.loss !== 'was' && random.chance(GIVEN_UP))) return this.giveUp(one);
    this.after(waitMs, () => {
      if (!running()) return this.giveUp(one);
      world.count('numbered requests put again');
      this.attempt(one, target(name));
    });
  }

  private giveUp(one: Numbered): void {
    this.unseen.push(one);
    this.over(one);
  }

  private over({ session, seq, done }: Numbered): void {
    session.open.delete(seq);
    done();
  }
}

/** With the lowest number that has no answer now. */
function commandOf({ session, seq, input }: Numbered): Uint8Array {
  const [low = session.next] = session.open;
  return encodeCommand({ kind: 'request', session: session.name, seq, low, operation: operationOf(input) });
}

function errorOf(result: Uint8Array): SessionError | null {
  const decoded = decodeCommandResult(result);
  return E.isRight(decoded) && isSessionRefusal(decoded.right) ? decoded.right.error : null;
}
