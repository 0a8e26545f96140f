/**
 * The messages of schema.ts as types. 64-bit fields are bigints. What a decoder makes has every field; what
 * an encoder takes may leave out fields that have their default (0, false, empty).
 */

export interface ResponseHeader {
  clusterId: bigint;
  memberId: bigint;
  /** Revision of the store when the request was executed. */
  revision: bigint;
  /** Round of the leader's ballot. */
  raftTerm: bigint;
}

export interface KeyValue {
  key: Uint8Array;
  createRevision: bigint;
  modRevision: bigint;
  version: bigint;
  value: Uint8Array;
  lease: bigint;
}

export interface RangeRequest {
  key: Uint8Array;
  rangeEnd: Uint8Array;
  limit: bigint;
  revision: bigint;
  sortOrder: number;
  sortTarget: number;
  serializable: boolean;
  keysOnly: boolean;
  countOnly: boolean;
  minModRevision: bigint;
  maxModRevision: bigint;
  minCreateRevision: bigint;
  maxCreateRevision: bigint;
}

export interface RangeResponse {
  header: ResponseHeader | null;
  kvs: KeyValue[];
  more: boolean;
  count: bigint;
}

export interface PutRequest {
  key: Uint8Array;
  value: Uint8Array;
  lease: bigint;
  prevKv: boolean;
  ignoreValue: boolean;
  ignoreLease: boolean;
}

export interface PutResponse {
  header: ResponseHeader | null;
  prevKv: KeyValue | null;
}

export interface DeleteRangeRequest {
  key: Uint8Array;
  rangeEnd: Uint8Array;
  prevKv: boolean;
}

export interface DeleteRangeResponse {
  header: ResponseHeader | null;
  deleted: bigint;
  prevKvs: KeyValue[];
}

/** Of the last five fields at most one is there. */
export interface Compare {
  result: number;
  target: number;
  key: Uint8Array;
  rangeEnd: Uint8Array;
  version?: bigint;
  createRevision?: bigint;
  modRevision?: bigint;
  value?: Uint8Array;
  lease?: bigint;
}

/** At most one field is there. */
export interface RequestOp {
  requestRange?: RangeRequest;
  requestPut?: PutRequest;
  requestDeleteRange?: DeleteRangeRequest;
  requestTxn?: TxnRequest;
}

/** At most one field is there. */
export interface ResponseOp {
  responseRange?: RangeResponse;
  responsePut?: PutResponse;
  responseDeleteRange?: DeleteRangeResponse;
  responseTxn?: TxnResponse;
}

export interface TxnRequest {
  compare: Compare[];
  success: RequestOp[];
  failure: RequestOp[];
}

export interface TxnResponse {
  header: ResponseHeader | null;
  succeeded: boolean;
  responses: ResponseOp[];
}

export type StatusRequest = Record<string, never>;

export interface StatusResponse {
  header: ResponseHeader | null;
  version: string;
  dbSize: bigint;
  leader: bigint;
  raftIndex: bigint;
  raftTerm: bigint;
  raftAppliedIndex: bigint;
  errors: string[];
  dbSizeInUse: bigint;
  isLearner: boolean;
}

export interface AlarmRequest {
  action: number;
  memberId: bigint;
  alarm: number;
}

export interface AlarmResponse {
  header: ResponseHeader | null;
}

export interface Member {
  id: bigint;
  name: string;
  peerUrls: string[];
  clientUrls: string[];
  isLearner: boolean;
  /** The member id, of which `id` is a digest. */
  decreeMember: string;
}

export interface MemberListRequest {
  linearizable: boolean;
}

export interface MemberListResponse {
  header: ResponseHeader | null;
  members: Member[];
  /** The birth record as JSON. This field and others above 1000 are not etcd's. */
  decreeBirth: string;
}

export interface MemberAddRequest {
  peerUrls: string[];
  isLearner: boolean;
  /** The member's id, where its marker is made first; empty: one is drawn. */
  decreeMember: string;
  decreeClient: string;
  /** The member that it replaces, or 0. */
  decreeReplaces: bigint;
}

export interface MemberAddResponse {
  header: ResponseHeader | null;
  member: Member | null;
  members: Member[];
  decreeMember: string;
}

export interface MemberRemoveRequest {
  id: bigint;
}

export interface MemberRemoveResponse {
  header: ResponseHeader | null;
  members: Member[];
}

export type MemberPromoteRequest = MemberRemoveRequest;
export type MemberPromoteResponse = MemberRemoveResponse;

export interface MoveLeaderRequest {
  targetId: bigint;
}

export interface MoveLeaderResponse {
  header: ResponseHeader | null;
}

export interface HealthCheckRequest {
  service: string;
}

export interface HealthCheckResponse {
  status: number;
}

export type OpenSessionRequest = Record<string, never>;

export interface OpenSessionResponse {
  header: ResponseHeader | null;
  session: string;
  window: bigint;
}

export interface CloseSessionRequest {
  session: string;
}

export interface CloseSessionResponse {
  header: ResponseHeader | null;
  closed: boolean;
}

/** As the encoder takes it: defaults left out, at every depth. */
export type Sparse<T> = T extends Uint8Array
  ? T
  : T extends (infer U)[]
    ? readonly Sparse<U>[]
    : T extends object
      ? { readonly [K in keyof T]?: Sparse<T[K]> }
      : T;
