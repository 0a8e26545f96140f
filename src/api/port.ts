/**
 * One TCP port for HTTP/2 and HTTP/1.1 without TLS. Node's HTTP/2 server alone cannot tell them apart, so
 * the first bytes of a connection are looked at: an HTTP/2 client begins with `PRI * HTTP/2.0`, and no
 * HTTP/1.1 method with PRI.
 */
import * as net from 'node:net';

const PREFACE = Buffer.from('PRI');

/** A connection that says nothing for so long is dropped. */
const SILENCE_MS = 10_000;

export interface Handlers {
  readonly http1: (socket: net.Socket) => void;
  readonly http2: (socket: net.Socket) => void;
}

/** Hands each connection over with its bytes unread. */
export function createPort(handlers: Handlers): net.Server {
  return net.createServer({ noDelay: true }, (socket) => {
    const drop = (): void => {
      socket.destroy();
    };
    socket.on('error', drop);
    socket.setTimeout(SILENCE_MS, drop);
    let seen = Buffer.alloc(0);
    const look = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      seen = Buffer.concat([seen, chunk]);
      if (seen.length < PREFACE.length && PREFACE.subarray(0, seen.length).equals(seen)) return;
      socket.off('readable', look);
      socket.off('error', drop);
      socket.setTimeout(0);
      socket.removeListener('timeout', drop);
      socket.unshift(seen);
      const isHttp2 = seen.subarray(0, PREFACE.length).equals(PREFACE);
      (isHttp2 ? handlers.http2 : handlers.http1)(socket);
    };
    socket.on('readable', look);
  });
}
