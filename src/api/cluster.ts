/** etcdserverpb.Maintenance and Cluster as far as they only read, and grpc.health.v1.Health. */
import { unavailable } from './errors.js';
import { CODE, GrpcError } from './grpc/status.js';
import type { Method } from './grpc/server.js';
import { idOf } from './ids.js';
import { headerBase, parse } from './headers.js';
import { codecs } from './proto/codec.js';
import type { Member, ResponseHeader } from './proto/messages.js';
import { header } from './responses.js';
import type { ApiMember, ApiService } from './service.js';
import { API_VERSION } from './version.js';

export function clusterMethods(service: ApiService): [path: string, method: Method][] {
  const answer =
    (make: (bytes: Uint8Array) => Uint8Array): Method =>
    (bytes) =>
      new Promise((done) => done(make(bytes)));
  return [
    ['/etcdserverpb.Maintenance/Status', answer(() => status(service))],
    ['/etcdserverpb.Maintenance/Alarm', answer((bytes) => alarm(service, bytes))],
    ['/etcdserverpb.Cluster/MemberList', answer(() => memberList(service))],
    ['/grpc.health.v1.Health/Check', answer((bytes) => health(service, bytes))],
  ];
}

export function currentHeader(service: ApiService): ResponseHeader {
  const { round, revision } = service.status();
  return header(headerBase(service, round), revision);
}

function status(service: ApiService): Uint8Array {
  const now = service.status();
  // etcdctl's table divides by the size, so an empty store has one byte too.
  const size = BigInt(Math.max(1, now.size));
  return codecs.statusResponse.encode({
    header: currentHeader(service),
    version: API_VERSION,
    dbSize: size,
    dbSizeInUse: size,
    isLearner: now.members.some((one) => one.member === now.member && one.isLearner),
    leader: now.leader === null ? 0n : idOf(now.leader),
    raftIndex: BigInt(now.prefix),
    raftTerm: BigInt(now.round),
    raftAppliedIndex: BigInt(now.applied),
    errors: now.leader === null ? [unavailable('no leader').message] : [],
  });
}

const GET_ALARMS = 0;

/** There is nothing that could raise an alarm yet; to ask for them is part of a client's health check. */
function alarm(service: ApiService, bytes: Uint8Array): Uint8Array {
  if (parse(codecs.alarmRequest.decode, bytes).action !== GET_ALARMS) {
    throw new GrpcError(CODE.unimplemented, 'decree: alarms cannot be set or cleared');
  }
  return codecs.alarmResponse.encode({ header: currentHeader(service) });
}

export function memberOf(one: ApiMember): Member {
  const urls = (address: string | null): string[] => (address === null ? [] : [`http://${address}`]);
  return {
    id: idOf(one.member),
    name: one.name,
    peerUrls: urls(one.peerAddress),
    clientUrls: urls(one.clientAddress),
    isLearner: one.isLearner,
    decreeMember: one.member,
  };
}

function memberList(service: ApiService): Uint8Array {
  const { members, birth } = service.status();
  return codecs.memberListResponse.encode({
    header: currentHeader(service),
    members: members.map(memberOf),
    decreeBirth: birth,
  });
}

const SERVING = 1;
const NOT_SERVING = 2;

function health(service: ApiService, bytes: Uint8Array): Uint8Array {
  const { service: name } = parse(codecs.healthCheckRequest.decode, bytes);
  if (name !== '' && !name.startsWith('etcdserverpb.')) {
    throw new GrpcError(CODE.notFound, `unknown service ${name}`);
  }
  return codecs.healthCheckResponse.encode({
    status: service.status().leader === null ? NOT_SERVING : SERVING,
  });
}
