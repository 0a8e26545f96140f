/** One endpoint: an HTTP/2 session that is made when it is needed and again after it was lost. */
import * as http2 from 'node:http2';
import { encodeFrame, UnaryBody } from '../api/grpc/frame.js';
import { CODE, decodeMessage, GrpcError } from '../api/grpc/status.js';
import { formatTimeout } from '../api/grpc/timeout.js';

/** The end of one call at one endpoint. */
export type Reply =
  | { readonly kind: 'answer'; readonly message: Uint8Array }
  /** The replica answered with an error. */
  | { readonly kind: 'status'; readonly code: number; readonly message: string }
  /** Nothing of the request was executed or can be: it never left, or the server did not take it. */
  | { readonly kind: 'not sent'; readonly message: string }
  /** The request left and no answer came. */
  | { readonly kind: 'lost'; readonly message: string }
  | { readonly kind: 'timed out'; readonly message: string };

/** What goes with a request beside its message. */
export type Metadata = Readonly<Record<string, string>>;

/** A session, or why there is none. */
type Connected = http2.ClientHttp2Session | string;

const RECEIVE_LIMIT = 2 ** 31 - 1;

/** To wait for a connection, whatever time the call has. */
const CONNECT_MS = 1000;

export class Connection {
  private session: http2.ClientHttp2Session | null = null;
  private connecting: Promise<Connected> | null = null;
  private closed = false;

  /** @param endpoint host:port */
  constructor(readonly endpoint: string) {}

  /** One unary call; settles within timeoutMs, or CONNECT_MS where that is more. */
  async call(path: string, request: Uint8Array, timeoutMs: number, metadata: Metadata = {}): Promise<Reply> {
    const deadline = performance.now() + timeoutMs;
    const session = await this.connect();
    if (typeof session === 'string') return { kind: 'not sent', message: session };
    const left = deadline - performance.now();
    if (left <= 0) return { kind: 'not sent', message: 'no time was left after connecting' };
    const reply = await send(session, { path, request, metadata }, left);
    // A connection over which no answer comes may be dead without saying so: the next call makes a new one.
    if (reply.kind === 'timed out') this.drop(session);
    return reply;
  }

  close(): void {
    this.closed = true;
    this.session?.destroy();
    this.session = null;
  }

  private async connect(): Promise<Connected> {
    if (this.closed) return 'the client is closed';
    if (this.session !== null) return this.session;
    this.connecting ??= this.open().finally(() => {
      this.connecting = null;
    });
    return this.connecting;
  }

  private open(): Promise<Connected> {
    return new Promise((done) => {
      let session: http2.ClientHttp2Session;
      try {
        session = http2.connect(`http://${this.endpoint}`);
      } catch (error) {
        done(error instanceof Error ? error.message : String(error));
        return;
      }
      const timer = setTimeout(() => {
        done(`no connection within ${CONNECT_MS} ms`);
        session.destroy();
      }, CONNECT_MS);
      session.once('connect', () => {
        clearTimeout(timer);
        if (this.closed) {
          session.destroy();
          done('the client is closed');
          return;
        }
        this.session = session;
        done(session);
      });
      session.on('error', (error: Error) => {
        clearTimeout(timer);
        done(error.message);
      });
      const gone = (): void => {
        clearTimeout(timer);
        if (this.session === session) this.session = null;
        done('the connection was closed');
      };
      session.on('goaway', gone);
      session.on('close', gone);
    });
  }

  private drop(session: http2.ClientHttp2Session): void {
    if (this.session === session) this.session = null;
    session.close();
  }
}

interface Sent {
  readonly path: string;
  readonly request: Uint8Array;
  readonly metadata: Metadata;
}

function send(
  session: http2.ClientHttp2Session,
  { path, request, metadata }: Sent,
  timeoutMs: number,
): Promise<Reply> {
  return new Promise((done) => {
    let stream: http2.ClientHttp2Stream;
    try {
      stream = session.request({
        ':method': 'POST',
        ':path': path,
        te: 'trailers',
        'content-type': 'application/grpc',
        'grpc-timeout': formatTimeout(timeoutMs),
        ...metadata,
      });
    } catch (error) {
      // The session was closed or is being closed: the stream was never made.
      done({ kind: 'not sent', message: error instanceof Error ? error.message : String(error) });
      return;
    }
    const timer = setTimeout(() => {
      done({ kind: 'timed out', message: `no answer within ${Math.ceil(timeoutMs)} ms` });
      stream.close(http2.constants.NGHTTP2_CANCEL);
    }, timeoutMs);
    const incoming = new Incoming();
    let lost = 'the connection was closed';
    stream.on('response', (headers) => incoming.headers(headers));
    stream.on('trailers', (headers) => incoming.trailers(headers));
    stream.on('data', (chunk: Buffer) => incoming.data(chunk));
    stream.on('error', (error: Error) => {
      lost = error.message;
    });
    stream.on('close', () => {
      clearTimeout(timer);
      const refused = stream.rstCode === http2.constants.NGHTTP2_REFUSED_STREAM;
      done(incoming.reply() ?? { kind: refused ? 'not sent' : 'lost', message: lost });
    });
    stream.end(encodeFrame(request));
  });
}

/** What has come of an answer. */
class Incoming {
  private readonly body = new UnaryBody(RECEIVE_LIMIT);
  private status: { readonly code: number; readonly message: string } | null = null;

  headers(headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader): void {
    if (headers[':status'] !== 200) {
      this.status = { code: CODE.unknown, message: `HTTP status ${String(headers[':status'])}` };
    } else {
      this.trailers(headers);
    }
  }

  trailers(headers: http2.IncomingHttpHeaders): void {
    const code = headers['grpc-status'];
    const message = headers['grpc-message'];
    if (typeof code !== 'string') return;
    this.status = { code: Number(code), message: decodeMessage(typeof message === 'string' ? message : '') };
  }

  data(chunk: Buffer): void {
    try {
      this.body.push(chunk);
    } catch (error) {
      this.status = { code: CODE.internal, message: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Null where the answer is not whole. */
  reply(): Reply | null {
    if (this.status === null) return null;
    if (this.status.code !== CODE.ok) return { kind: 'status', ...this.status };
    try {
      return { kind: 'answer', message: this.body.end() ?? new Uint8Array(0) };
    } catch (error) {
      if (!(error instanceof GrpcError)) throw error;
      return { kind: 'lost', message: error.message };
    }
  }
}
