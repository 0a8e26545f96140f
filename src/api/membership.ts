/**
 * etcdserverpb.Cluster where it changes something. A new member is always a learner first; one that etcd
 * would make a member at once becomes it by itself as soon as it has caught up.
 */
import { randomBytes } from 'node:crypto';
import type { Member } from '../core/types.js';
import type { Change, ChangeAnswer, Refusal } from '../driver/changes.js';
import { currentHeader, memberOf } from './cluster.js';
import { CODE, GrpcError } from './grpc/status.js';
import type { Method } from './grpc/server.js';
import { idOf } from './ids.js';
import { parse } from './headers.js';
import { codecs } from './proto/codec.js';
import type { Member as ApiMemberMessage, MemberAddRequest } from './proto/messages.js';
import type { ApiMember, ApiService } from './service.js';

export function membershipMethods(service: ApiService): [path: string, method: Method][] {
  return [
    ['/etcdserverpb.Cluster/MemberAdd', (bytes) => add(service, bytes)],
    [
      '/etcdserverpb.Cluster/MemberRemove',
      async (bytes) => {
        const { member } = named(service, parse(codecs.memberRemoveRequest.decode, bytes).id);
        return codecs.memberRemoveResponse.encode(await change(service, { kind: 'remove', member }));
      },
    ],
    [
      '/etcdserverpb.Cluster/MemberPromote',
      async (bytes) => {
        const { member } = named(service, parse(codecs.memberPromoteRequest.decode, bytes).id);
        return codecs.memberPromoteResponse.encode(await change(service, { kind: 'promote', member }));
      },
    ],
  ];
}

const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}\.[0-9a-f]{8}$/;
const bare = (url: string): string => url.replace(/^https?:\/\//, '').replace(/\/$/, '');
const ADDRESS = /^(?:\[[0-9a-fA-F:]+\]|[^:\s/]+):\d{1,5}$/;

async function add(service: ApiService, bytes: Uint8Array): Promise<Uint8Array> {
  const request = parse(codecs.memberAddRequest.decode, bytes);
  const [peer = ''] = request.peerUrls.map(bare);
  if (!ADDRESS.test(peer))
    throw new GrpcError(CODE.invalidArgument, 'etcdserver: given member URLs are invalid');
  if (
    service.status().members.some(({ peerAddress }) => peerAddress === peer) &&
    request.decreeReplaces === 0n
  )
    throw new GrpcError(CODE.failedPrecondition, 'etcdserver: Peer URLs already exists');
  const member = idFor(request);
  const client = bare(request.decreeClient) || '-';
  const replaces = request.decreeReplaces === 0n ? null : named(service, request.decreeReplaces).member;
  const change_: Change = {
    ...{ kind: 'add', member, address: `${peer} ${client}`, promote: !request.isLearner, replaces },
  };
  const made = await change(service, change_);
  const added = made.members.find(({ id }) => id === idOf(member));
  return codecs.memberAddResponse.encode({
    ...made,
    ...(added !== undefined && { member: added }),
    decreeMember: member,
  });
}

/** Drawn by who makes its marker; here for clients that know nothing of markers. */
function idFor({ decreeMember }: MemberAddRequest): Member {
  if (decreeMember === '') return `m${randomBytes(4).toString('hex')}.${randomBytes(4).toString('hex')}`;
  if (!ID.test(decreeMember))
    throw new GrpcError(CODE.invalidArgument, `decree: no member id: ${decreeMember}`);
  return decreeMember;
}

function named(service: ApiService, id: bigint): ApiMember {
  const found = service.status().members.find(({ member }) => idOf(member) === id);
  if (found === undefined) throw new GrpcError(CODE.notFound, 'etcdserver: member not found');
  return found;
}

interface Made {
  readonly header: ReturnType<typeof currentHeader>;
  readonly members: readonly ApiMemberMessage[];
}

async function change(service: ApiService, wanted: Change): Promise<Made> {
  const answer: ChangeAnswer = await service.change(wanted);
  if (!answer.ok) throw refused(wanted, answer.reason);
  return { header: currentHeader(service), members: service.status().members.map(memberOf) };
}

const REFUSED: Readonly<Record<Refusal, readonly [code: number, text: string]>> = {
  'no leader': [CODE.unavailable, 'etcdserver: no leader'],
  'leader changed': [CODE.unavailable, 'etcdserver: leader changed'],
  'timed out': [CODE.unavailable, 'etcdserver: request timed out'],
  stopping: [CODE.unavailable, 'etcdserver: server stopped'],
  'a change is under way': [CODE.failedPrecondition, 'decree: a change of the configuration is under way'],
  'no such member': [CODE.notFound, 'etcdserver: member not found'],
  'a member already': [CODE.failedPrecondition, 'etcdserver: member ID already exist'],
  'no learner': [CODE.failedPrecondition, 'etcdserver: can only promote a learner member'],
  'no member would be left': [
    CODE.failedPrecondition,
    'etcdserver: re-configuration failed due to not enough started members',
  ],
  'not caught up': [CODE.unavailable, 'etcdserver: unhealthy cluster'],
};

function refused({ kind }: Change, reason: Refusal): GrpcError {
  const late = kind === 'promote' && reason === 'not caught up';
  const [code, text] = late
    ? [CODE.failedPrecondition, 'etcdserver: can only promote a learner member which is in sync with leader']
    : REFUSED[reason];
  return new GrpcError(code, text);
}
