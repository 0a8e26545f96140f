/**
 * The real Transport. Each replica dials every peer and speaks on the links it dialled; it hears its peers
 * on the links they dialled, so no two ends ever disagree about which of two links counts.
 */
import type * as t from 'io-ts';
import * as net from 'node:net';
import type { Birth, Member } from '../../core/types.js';
import type { Clock, Frame, Random, Transport } from '../../driver/ports.js';
import { DecreeError, hasCode } from '../../errors.js';
import { parsePlace } from '../addresses.js';
import * as codecs from '../codecs.js';
import type { Logger } from '../logger.js';
import { unpack } from '../../storage/msgpack.js';
import { noCounts, type LinkCounts } from './counts.js';
import { FrameEncoder } from './encoder.js';
import { encodeFrame, FRAME_LIMIT, FrameReader, PING } from './frames.js';
import { hello, helloOf, refusal, type Reply } from './hello.js';
import { LINK_DEFAULTS, OutgoingLink, type Address, type LinkOptions } from './outgoing.js';

export interface TcpSetup {
  readonly birth: Birth;
  readonly self: Member;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly options?: Partial<LinkOptions>;
  /** Called for each frame of a peer. */
  readonly receive: (from: Member, frame: Frame) => void;
  /** Called when a link on which this member speaks was up and broke. */
  readonly broke: (to: Member) => void;
}

export class TcpTransport implements Transport {
  readonly counts: LinkCounts = noCounts();
  private readonly server = net.createServer({ noDelay: true }, (socket) => this.accept(socket));
  private readonly links = new Map<Member, OutgoingLink>();
  private readonly incoming = new Map<Member, net.Socket>();
  private readonly sockets = new Set<net.Socket>();
  private readonly complaints = new Map<string, string>();
  private readonly options: LinkOptions;
  private readonly encoder = new FrameEncoder();
  private listening = false;

  constructor(private readonly setup: TcpSetup) {
    this.options = { ...LINK_DEFAULTS, ...setup.options };
  }

  /** Begins to listen; resolves to the port, which differs from the asked one where that was 0. */
  listen({ host, port }: Address): Promise<number> {
    this.listening = true;
    return new Promise((resolve, reject) => {
      this.server.once('error', (error) => reject(listenError('peer', { host, port }, error)));
      this.server.on('error', (error) =>
        this.setup.log.error({ why: error.message }, 'the peer port failed'),
      );
      this.server.listen(port, host, () => {
        const bound = this.server.address();
        resolve(typeof bound === 'object' && bound !== null ? bound.port : port);
      });
    });
  }

  /** Dials the peers, and goes on dialling those that do not answer. */
  connect(peers: ReadonlyMap<Member, Address>): void {
    const { self } = this.setup;
    for (const [peer, address] of peers) {
      if (peer === self || this.links.has(peer)) continue;
      const { counts, options } = this;
      const broke = (): void => this.setup.broke(peer);
      const link = new OutgoingLink({ ...this.setup, peer, address, counts, options, broke });
      this.links.set(peer, link);
      link.dial();
    }
  }

  /** Dials those whom a configuration names and that are not dialled yet. */
  reach(addresses: Readonly<Record<Member, string>>): void {
    const known = Object.entries(addresses).flatMap(([member, text]): [Member, Address][] => {
      const { peer } = parsePlace(text);
      return peer === null ? [] : [[member, peer]];
    });
    if (this.listening) this.connect(new Map(known));
  }

  send(to: Member, frame: Frame): boolean {
    const link = this.links.get(to);
    if (link === undefined || !link.isUp()) {
      this.counts.droppedDown += 1;
      return false;
    }
    const bytes = this.encoder.encode(frame);
    if (bytes !== null) return link.send(bytes);
    this.counts.droppedLarge += 1;
    this.setup.log.error({ to, limit: FRAME_LIMIT }, 'a frame is larger than a link takes, dropped');
    return false;
  }

  /** Peers to which a link is up. */
  connected(): readonly Member[] {
    return [...this.links].flatMap(([peer, link]) => (link.isUp() ? [peer] : []));
  }

  close(): Promise<void> {
    for (const link of this.links.values()) link.close();
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => {
      this.server.close(() => resolve());
    });
  }

  private accept(socket: net.Socket): void {
    let from: Member | null = null;
    const reader = new FrameReader(1 << 16);
    const cancelPatience = this.setup.clock.after(this.options.silenceMs, () => {
      if (from === null) socket.destroy();
    });
    this.sockets.add(socket);
    socket.on('data', (chunk) => {
      const broken = reader.push(chunk, (body) => {
        if (socket.destroyed) return;
        if (from !== null) return this.hear(socket, from, body);
        from = this.welcome(socket, body);
        if (from !== null) reader.setLimit(FRAME_LIMIT);
      });
      if (broken !== null) this.malformed(socket, from, broken);
    });
    socket.on('error', (error) => this.setup.log.debug({ from, why: error.message }, 'link of a peer broke'));
    socket.on('close', () => {
      cancelPatience();
      this.sockets.delete(socket);
      if (from !== null && this.incoming.get(from) === socket) this.incoming.delete(from);
    });
  }

  /** Answers a hello; the member that dialled, or null where it was refused. */
  private welcome(socket: net.Socket, body: Buffer): Member | null {
    const decoded = decode(hello, body);
    if (decoded === null) {
      this.malformed(socket, null, 'no hello');
      return null;
    }
    const { birth, self } = this.setup;
    const reason = refusal(birth, self, null, decoded);
    if (reason !== null) {
      this.counts.refused += 1;
      this.complain(decoded.from, reason);
      answer(socket, { ok: false, reason });
      socket.end();
      return null;
    }
    answer(socket, { ok: true, hello: helloOf(birth, self, decoded.from) });
    this.incoming.get(decoded.from)?.destroy();
    this.incoming.set(decoded.from, socket);
    this.complaints.delete(decoded.from);
    this.links.get(decoded.from)?.dial();
    return decoded.from;
  }

  private hear(socket: net.Socket, from: Member, body: Buffer): void {
    if (body.length === 0) {
      socket.write(PING);
      return;
    }
    const frame = decode(codecs.frame, body);
    if (frame === null) {
      this.malformed(socket, from, 'no frame of this protocol');
      return;
    }
    this.counts.received += 1;
    this.setup.receive(from, frame);
  }

  private malformed(socket: net.Socket, from: Member | null, why: string): void {
    if (socket.destroyed) return;
    this.counts.malformed += 1;
    this.setup.log.warn({ from: from ?? socket.remoteAddress, why }, 'a malformed frame, link closed');
    socket.destroy();
  }

  /** Says each peer's reason once, until it changes. */
  private complain(from: string, reason: string): void {
    if (this.complaints.get(from) === reason) return;
    if (this.complaints.size > 100) this.complaints.clear();
    this.complaints.set(from, reason);
    this.setup.log.warn({ from, reason }, 'refused a link');
  }
}

function answer(socket: net.Socket, told: Reply): void {
  const frame = encodeFrame(told);
  if (frame !== null) socket.write(frame);
}

/** `is` answers without building a report of what is wrong, so it costs the least on good frames. */
function decode<A>(codec: t.Type<A>, body: Buffer): A | null {
  try {
    const input = unpack(body);
    return codec.is(input) ? input : null;
  } catch {
    return null;
  }
}

/** The error of a listening socket, in words. */
export function listenError(what: string, { host, port }: Address, error: Error): DecreeError {
  if (hasCode(error, 'EADDRINUSE')) {
    return new DecreeError(
      'inUse',
      `the ${what} port ${host}:${port} is in use by another process: give another`,
    );
  }
  return new DecreeError('usage', `cannot listen on the ${what} port ${host}:${port}: ${error.message}`);
}
