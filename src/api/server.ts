/** The client port: etcd's v3 gRPC services over HTTP/2, and its probes over HTTP/1.1, on one TCP port. */
import type * as net from 'node:net';
import { clusterMethods } from './cluster.js';
import { RECEIVE_OVERHEAD, REQUEST_LIMIT } from './errors.js';
import { GrpcServer } from './grpc/server.js';
import { createHttp1 } from './http1.js';
import { kvMethods } from './kv.js';
import { leadershipMethods } from './leadership.js';
import { membershipMethods } from './membership.js';
import { createPort } from './port.js';
import type { ApiService } from './service.js';
import { sessionMethods } from './sessions.js';

export interface ApiServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly service: ApiService;
  /** Told of an error that no client caused. Default: a line on stderr. */
  readonly onFault?: (error: unknown) => void;
  /** How long close() waits for calls under way, in milliseconds. */
  readonly graceMs?: number;
}

export interface ApiServer {
  readonly host: string;
  readonly port: number;
  /** Refuses new calls, waits for those under way (they get their answers), then drops every connection. */
  close(): Promise<void>;
}

/** Rejects with the system's error where the port cannot be had. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { service } = options;
  const onFault =
    options.onFault ??
    ((error: unknown) => {
      process.stderr.write(`decree: client port: ${String(error)}\n`);
    });
  const grpc = new GrpcServer({
    methods: new Map([
      ...[...kvMethods(service), ...clusterMethods(service), ...membershipMethods(service)],
      ...[...leadershipMethods(service), ...sessionMethods(service)],
    ]),
    receiveLimit: REQUEST_LIMIT + RECEIVE_OVERHEAD,
    onFault,
  });
  const http1 = createHttp1(service);
  const sockets = new Set<net.Socket>();
  const server = createPort({
    http2: (socket) => grpc.accept(socket),
    http1: (socket) => {
      http1.emit('connection', socket);
    },
  });
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(options.port, options.host, () => {
      server.off('error', failed);
      // A connection that could not be taken, for want of file descriptors for example: the port stays open.
      server.on('error', onFault);
      done();
    });
  });
  return {
    host: options.host,
    port: (server.address() as net.AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      await grpc.close(options.graceMs ?? 1000);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
