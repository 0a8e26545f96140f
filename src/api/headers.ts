/** What the methods of all services share: reading a request, the header of an answer. */
import { unavailable } from './errors.js';
import type { Call } from './grpc/server.js';
import { CODE, GrpcError } from './grpc/status.js';
import { idOf } from './ids.js';
import type { HeaderBase } from './responses.js';
import type { ApiService } from './service.js';

/** Decodes a request; wrong bytes are the client's fault, and gRPC's code for it is `internal`. */
export function parse<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T {
  try {
    return decode(bytes);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new GrpcError(CODE.internal, `grpc: error unmarshalling request: ${detail}`);
  }
}

export function headerBase(service: ApiService, round: number): HeaderBase {
  const status = service.status();
  return { clusterId: idOf(status.cell), memberId: idOf(status.member), raftTerm: BigInt(round) };
}

/** The same at every replica and in every ballot. */
export function bareBase(service: ApiService): HeaderBase {
  return { clusterId: idOf(service.status().cell), memberId: 0n, raftTerm: 0n };
}

/** In every answer of the store: how many masterships the log had recorded. (Paxos Made Live: epoch.) */
export const EPOCH_KEY = 'decree-epoch';

export function tellEpoch(call: Call, epoch: number): void {
  call.label(EPOCH_KEY, String(epoch));
}

/** Clients that set this want an error from a replica that is cut off, not a late answer. */
export function checkLeader(service: ApiService, call: Call): void {
  if (call.metadata['hasleader'] === 'true' && service.status().leader === null)
    throw unavailable('no leader');
}
