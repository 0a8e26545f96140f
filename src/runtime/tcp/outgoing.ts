/**
 * The link on which this replica speaks to one peer: it dials, says hello, sends frames, and dials again
 * after a growing pause when the link breaks. Frames wait in a bounded queue only while the link is up.
 */
import * as E from 'fp-ts/lib/Either.js';
import * as net from 'node:net';
import type { Birth, Member } from '../../core/types.js';
import type { Clock, Random } from '../../driver/ports.js';
import type { Logger } from '../logger.js';
import { unpack } from '../../storage/msgpack.js';
import type { LinkCounts } from './counts.js';
import { encodeFrame, FrameReader, PING } from './frames.js';
import { helloOf, refusal, reply } from './hello.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface LinkOptions {
  /** Pause before the second attempt; doubled up to backoffMaxMs, and drawn from its upper half. */
  readonly backoffMinMs: number;
  readonly backoffMaxMs: number;
  /** A peer that does not answer the hello, or later a ping, within this time is taken for gone. */
  readonly silenceMs: number;
  readonly pingMs: number;
  readonly queueFrames: number;
  readonly queueBytes: number;
}

export const LINK_DEFAULTS: LinkOptions = {
  backoffMinMs: 50,
  backoffMaxMs: 1_000,
  silenceMs: 5_000,
  pingMs: 1_000,
  queueFrames: 10_000,
  queueBytes: 64 * 1024 * 1024,
};

export interface LinkSetup {
  readonly birth: Birth;
  readonly self: Member;
  readonly peer: Member;
  readonly address: Address;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly counts: LinkCounts;
  readonly options: LinkOptions;
  /** Called when the link was up and broke; not when it was closed. */
  readonly broke: () => void;
}

/** Bytes that may wait inside the socket before frames wait in the queue. */
const SOCKET_BYTES = 1 << 20;

export class OutgoingLink {
  private socket: net.Socket | null = null;
  private up = false;
  private closed = false;
  private failures = 0;
  private cancelRetry: (() => void) | null = null;
  private cancelPing: (() => void) | null = null;
  private heardAt = 0;
  private queue: Buffer[] = [];
  private queuedBytes = 0;
  private flushAsked = false;
  private complaint = '';

  constructor(private readonly setup: LinkSetup) {}

  isUp(): boolean {
    return this.up;
  }

  /** Dials at once: at the beginning, and when the peer was just heard. */
  dial(): void {
    if (this.closed || this.socket !== null) return;
    this.cancelRetry?.();
    this.cancelRetry = null;
    const { host, port } = this.setup.address;
    const socket = net.connect({ host, port, noDelay: true });
    const reader = new FrameReader(1 << 16);
    this.socket = socket;
    this.up = false;
    const cancelPatience = this.setup.clock.after(this.setup.options.silenceMs, () => {
      if (!this.up) this.hangUp(socket, 'no answer to the hello');
    });
    socket.on('connect', () => this.greet(socket));
    socket.on('data', (chunk) => {
      const broken = reader.push(chunk, (body) => this.heard(socket, body));
      if (broken !== null) this.malformed(socket, broken);
    });
    socket.on('drain', () => this.flush());
    socket.on('error', (error) => this.complain(error.message));
    socket.on('close', () => {
      cancelPatience();
      this.broken(socket);
    });
  }

  /** Takes one encoded frame, which the links of a broadcast share; false where it is dropped. */
  send(frame: Buffer): boolean {
    const { counts, options } = this.setup;
    if (!this.up) {
      counts.droppedDown += 1;
    } else if (this.queue.length >= options.queueFrames || this.queuedBytes >= options.queueBytes) {
      counts.droppedFull += 1;
    } else {
      this.queue.push(frame);
      this.queuedBytes += frame.length;
      this.askFlush();
      return true;
    }
    return false;
  }

  /** Hangs up for good; what waits in the socket is still handed to the system. */
  close(): void {
    this.closed = true;
    this.cancelRetry?.();
    this.cancelPing?.();
    this.flush();
    this.socket?.end();
    this.socket?.destroySoon();
  }

  private greet(socket: net.Socket): void {
    if (socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress) {
      this.hangUp(socket, 'the port of the peer answered from this very socket');
      return;
    }
    const { birth, self, peer } = this.setup;
    const frame = encodeFrame(helloOf(birth, self, peer));
    if (frame !== null) socket.write(frame);
  }

  private heard(socket: net.Socket, body: Buffer): void {
    this.heardAt = this.setup.clock.now();
    if (this.up) {
      if (body.length > 0) this.malformed(socket, 'a frame on the sending side');
      return;
    }
    const told = this.decodeReply(body);
    if (told === null) return this.malformed(socket, 'the answer to the hello is not one');
    const { birth, self, peer, counts, log } = this.setup;
    const reason = told.ok ? refusal(birth, self, peer, told.hello) : `the peer refused: ${told.reason}`;
    if (reason !== null) {
      if (told.ok) counts.refused += 1;
      return this.hangUp(socket, reason);
    }
    this.up = true;
    this.failures = 0;
    this.complaint = '';
    counts.connected += 1;
    log.info({ peer, ...this.setup.address }, 'link up');
    this.armPing(socket);
  }

  private decodeReply(body: Buffer): ReturnType<typeof reply.encode> | null {
    try {
      const decoded = reply.decode(unpack(body));
      return E.isRight(decoded) ? decoded.right : null;
    } catch {
      return null;
    }
  }

  /** Finds a peer that vanished without a word, which the system notices only after many minutes. */
  private armPing(socket: net.Socket): void {
    const { clock, options } = this.setup;
    this.cancelPing = clock.after(options.pingMs, () => {
      if (clock.now() - this.heardAt > options.silenceMs) return this.hangUp(socket, 'the peer fell silent');
      socket.write(PING);
      this.armPing(socket);
    });
  }

  private askFlush(): void {
    if (this.flushAsked) return;
    this.flushAsked = true;
    queueMicrotask(() => {
      this.flushAsked = false;
      this.flush();
    });
  }

  /** Hands over what waits, in one write of the turn; what does not fit waits for the socket to drain. */
  private flush(): void {
    const { socket } = this;
    if (socket === null || !this.up || this.queue.length === 0) return;
    if (socket.writableLength > SOCKET_BYTES) return;
    const frames = this.queue;
    this.queue = [];
    this.queuedBytes = 0;
    this.setup.counts.sent += frames.length;
    socket.cork();
    for (const frame of frames) socket.write(frame);
    socket.uncork();
  }

  private malformed(socket: net.Socket, why: string): void {
    if (socket.destroyed) return;
    this.setup.counts.malformed += 1;
    this.hangUp(socket, `malformed: ${why}`);
  }

  private hangUp(socket: net.Socket, why: string): void {
    if (socket.destroyed) return;
    this.complain(why);
    socket.destroy();
  }

  /** Says each reason once, until the link was up again. */
  private complain(why: string): void {
    if (why === this.complaint || this.closed) return;
    this.complaint = why;
    this.setup.log.warn({ peer: this.setup.peer, ...this.setup.address, why }, 'no link');
  }

  private broken(socket: net.Socket): void {
    if (this.socket !== socket) return;
    const { counts, clock, random, options, log, peer } = this.setup;
    const wasUp = this.up && !this.closed;
    if (wasUp) log.info({ peer }, 'link down');
    this.socket = null;
    this.up = false;
    this.cancelPing?.();
    counts.droppedDown += this.queue.length;
    this.queue = [];
    this.queuedBytes = 0;
    if (this.closed) return;
    const pause = Math.min(options.backoffMaxMs, options.backoffMinMs * 2 ** Math.min(this.failures, 16));
    this.failures += 1;
    this.cancelRetry = clock.after(random.integer(Math.ceil(pause / 2), pause), () => this.dial());
    if (wasUp) this.setup.broke();
  }
}
