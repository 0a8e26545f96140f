/**
 * Unary gRPC over HTTP/2 without TLS, on node:http2. The framing is our own: this port needs unary calls
 * alone, and a general library spends half as much CPU time again on each.
 */
import * as http2 from 'node:http2';
import type { Socket } from 'node:net';
import { encodeFrame, UnaryBody } from './frame.js';
import { CODE, encodeMessage, GrpcError } from './status.js';
import { parseTimeout } from './timeout.js';

export interface Call {
  readonly metadata: http2.IncomingHttpHeaders;
  /** True once nobody waits for the answer any more. */
  isCancelled(): boolean;
  /** Says more of the answer, at its head if it succeeds: metadata that clients may ignore. */
  label(name: string, value: string): void;
}

/** One unary method: message bytes in, message bytes out. Throws GrpcError to end with another status. */
export type Method = (request: Uint8Array, call: Call) => Promise<Uint8Array>;

export interface GrpcServerOptions {
  /** By path, for example `/etcdserverpb.KV/Put`. */
  readonly methods: ReadonlyMap<string, Method>;
  /** Longest message that is received, in bytes. */
  readonly receiveLimit: number;
  /** An error that is not a GrpcError: a fault of ours. The client is told `internal`. */
  readonly onFault: (error: unknown) => void;
}

const MIB = 1024 * 1024;

export class GrpcServer {
  private readonly server: http2.Http2Server;
  private readonly sessions = new Set<http2.ServerHttp2Session>();
  private closing = false;

  constructor(private readonly options: GrpcServerOptions) {
    this.server = http2.createServer({
      maxSessionMemory: 256,
      settings: { initialWindowSize: MIB, maxConcurrentStreams: 10_000 },
    });
    this.server.on('session', (session) => {
      this.sessions.add(session);
      session.setLocalWindowSize(16 * MIB);
      session.on('close', () => this.sessions.delete(session));
      session.on('error', () => session.destroy());
    });
    this.server.on('stream', (stream, headers) => this.serve(stream, headers));
    // A client that breaks the protocol loses its session; nobody else is concerned.
    this.server.on('sessionError', () => undefined);
  }

  /** Takes over a connection whose first bytes are still unread. */
  accept(socket: Socket): void {
    this.server.emit('connection', socket);
  }

  /** Refuses new calls and waits for those under way, but not longer than graceMs. */
  async close(graceMs: number): Promise<void> {
    this.closing = true;
    const gone = [...this.sessions].map(
      (session) =>
        new Promise<void>((done) => {
          const timer = setTimeout(() => session.destroy(), graceMs);
          session.once('close', () => {
            clearTimeout(timer);
            done();
          });
          session.close();
        }),
    );
    await Promise.all(gone);
  }

  private serve(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void {
    stream.on('error', () => undefined);
    const type = headers['content-type'] ?? '';
    if (headers[':method'] !== 'POST' || !/^application\/grpc($|[+;])/.test(type)) {
      stream.respond({ ':status': headers[':method'] === 'POST' ? 415 : 405 }, { endStream: true });
      return;
    }
    const reply = new Reply(stream);
    const timeout = headers['grpc-timeout'];
    if (typeof timeout === 'string') {
      const ms = parseTimeout(timeout);
      if (ms === undefined) return reply.fail(CODE.internal, `grpc: malformed grpc-timeout "${timeout}"`);
      reply.failAfter(ms);
    }
    const encoding = headers['grpc-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      return reply.fail(
        CODE.unimplemented,
        `grpc: Decompressor is not installed for grpc-encoding "${encoding}"`,
      );
    }
    const path = headers[':path'] ?? '';
    const method = this.options.methods.get(path);
    if (method === undefined) return reply.fail(CODE.unimplemented, this.unknown(path));
    if (this.closing) return reply.fail(CODE.unavailable, 'etcdserver: server stopped');
    this.receive(stream, reply, (message) => {
      const labels: Record<string, string> = {};
      const call: Call = {
        metadata: headers,
        isCancelled: () => reply.isOver(),
        label: (name, value) => {
          labels[name] = value;
        },
      };
      method(message, call).then(
        (answer) => reply.succeed(answer, labels),
        (error: unknown) => this.failed(reply, error),
      );
    });
  }

  private receive(stream: http2.ServerHttp2Stream, reply: Reply, done: (message: Uint8Array) => void): void {
    const body = new UnaryBody(this.options.receiveLimit);
    const guarded = (run: () => void): void => {
      if (reply.isOver()) return;
      try {
        run();
      } catch (error) {
        this.failed(reply, error);
      }
    };
    stream.on('data', (chunk: Buffer) => guarded(() => body.push(chunk)));
    stream.on('end', () =>
      guarded(() => {
        const message = body.end();
        if (message === null) throw new GrpcError(CODE.internal, 'grpc: the body holds no message');
        done(message);
      }),
    );
  }

  private failed(reply: Reply, error: unknown): void {
    if (error instanceof GrpcError) return reply.fail(error.code, error.message);
    this.options.onFault(error);
    reply.fail(CODE.internal, 'decree: internal error');
  }

  private unknown(path: string): string {
    const [, service = '', name = ''] = path.split('/');
    const known = [...this.options.methods.keys()].some((key) => key.startsWith(`/${service}/`));
    return known ? `unknown method ${name} for service ${service}` : `unknown service ${service}`;
  }
}

/** The one answer of a stream: the first outcome counts, later ones are dropped. */
class Reply {
  private over = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly stream: http2.ServerHttp2Stream) {
    stream.on('close', () => this.finish());
  }

  isOver(): boolean {
    return this.over;
  }

  failAfter(ms: number): void {
    this.timer = setTimeout(() => this.fail(CODE.deadlineExceeded, 'context deadline exceeded'), ms);
  }

  succeed(answer: Uint8Array, labels: Readonly<Record<string, string>>): void {
    if (!this.finish()) return;
    const head = { ':status': 200, 'content-type': 'application/grpc', ...labels };
    this.stream.respond(head, { waitForTrailers: true });
    this.stream.on('wantTrailers', () =>
      this.stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': '' }),
    );
    this.stream.end(encodeFrame(answer));
  }

  fail(code: number, message: string): void {
    if (!this.finish()) return;
    this.stream.respond(
      {
        ':status': 200,
        'content-type': 'application/grpc',
        'grpc-status': String(code),
        'grpc-message': encodeMessage(message),
      },
      { endStream: true },
    );
    // What the client still sends is read and dropped.
    this.stream.resume();
  }

  /** False where the stream has its answer or is gone. */
  private finish(): boolean {
    clearTimeout(this.timer);
    const first = !this.over;
    this.over = true;
    return first && !this.stream.destroyed && !this.stream.closed;
  }
}
