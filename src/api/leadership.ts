/** etcdserverpb.Maintenance.MoveLeader: the leader hands over to another member; only it can be asked. */
import type { HandOver } from '../driver/leadership.js';
import { currentHeader } from './cluster.js';
import { CODE, GrpcError } from './grpc/status.js';
import type { Method } from './grpc/server.js';
import { parse } from './headers.js';
import { idOf } from './ids.js';
import { codecs } from './proto/codec.js';
import type { ApiService } from './service.js';

export function leadershipMethods(service: ApiService): [path: string, method: Method][] {
  return [['/etcdserverpb.Maintenance/MoveLeader', (bytes) => moveLeader(service, bytes)]];
}

const REFUSED: Readonly<Record<Exclude<HandOver, 'made'>, readonly [code: number, text: string]>> = {
  'not the leader': [CODE.failedPrecondition, 'etcdserver: not leader'],
  'no such member': [CODE.failedPrecondition, 'etcdserver: bad leader transferee'],
  'not caught up': [CODE.failedPrecondition, 'etcdserver: bad leader transferee'],
  'timed out': [CODE.unavailable, 'etcdserver: request timed out, leader transfer took too long'],
};

async function moveLeader(service: ApiService, bytes: Uint8Array): Promise<Uint8Array> {
  const { targetId } = parse(codecs.moveLeaderRequest.decode, bytes);
  const { leader, member, members } = service.status();
  if (leader !== member) throw refused('not the leader');
  const target = members.find((one) => idOf(one.member) === targetId);
  if (target === undefined) throw refused('no such member');
  const answer = await service.handOver(target.member);
  if (answer !== 'made') throw refused(answer);
  return codecs.moveLeaderResponse.encode({ header: currentHeader(service) });
}

function refused(why: Exclude<HandOver, 'made'>): GrpcError {
  const [code, text] = REFUSED[why];
  return new GrpcError(code, text);
}
