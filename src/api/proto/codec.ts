/**
 * Protocol buffers by protobufjs, with bigints for the 64-bit fields. protobufjs itself takes numbers and
 * {low, high} pairs and writes a bigint as 0 without a word, so every 64-bit field is converted here, by a
 * function made once from the schema for each message type.
 */
import protobuf from 'protobufjs';
import type * as m from './messages.js';
import type { Sparse } from './messages.js';
import { SCHEMA } from './schema.js';

export interface Codec<T> {
  encode(message: Sparse<T>): Uint8Array;
  /** Throws on bytes that are not such a message. Unknown fields are skipped. */
  decode(bytes: Uint8Array): T;
}

/** Protobuf messages as protobufjs handles them: plain objects from field names to values. */
type Raw = Record<string, unknown>;
interface Halves {
  readonly low: number;
  readonly high: number;
}

const root = protobuf.parse(SCHEMA, { keepCase: false }).root.resolveAll();

function codec<T>(name: string): Codec<T> {
  const type = root.lookupType(`etcdserverpb.${name}`);
  const shape = shapeOf(type);
  return {
    encode: (message) => type.encode(toRaw(shape, message as Raw)).finish(),
    decode: (bytes) => fromRaw(shape, type.decode(bytes) as unknown as Raw) as T,
  };
}

type Convert = (value: unknown) => unknown;
interface Field {
  readonly name: string;
  readonly repeated: boolean;
  /** Members of a oneof stay absent where they are; other fields get their default. */
  readonly choice: boolean;
  readonly fallback: unknown;
  readonly toRaw: Convert;
  readonly fromRaw: Convert;
}
interface Shape {
  readonly fields: Field[];
}

const shapes = new Map<string, Shape>();

/**
 * Message types may contain themselves (a Txn in a Txn), so a shape is registered before its fields are
 * made.
 */
function shapeOf(type: protobuf.Type): Shape {
  const known = shapes.get(type.name);
  if (known !== undefined) return known;
  const shape: Shape = { fields: [] };
  shapes.set(type.name, shape);
  shape.fields.push(...type.fieldsArray.map(fieldOf));
  return shape;
}

function fieldOf(field: protobuf.Field): Field {
  const base = { name: field.name, repeated: field.repeated, choice: field.partOf !== null };
  const inner = field.resolvedType;
  if (inner instanceof protobuf.Type) {
    const shape = shapeOf(inner);
    return {
      ...base,
      fallback: null,
      toRaw: (value) => toRaw(shape, value as Raw),
      fromRaw: (value) => fromRaw(shape, value as Raw),
    };
  }
  switch (field.type) {
    case 'int64':
      return { ...base, fallback: 0n, toRaw: halves, fromRaw: (value) => BigInt.asIntN(64, whole(value)) };
    case 'uint64':
      return { ...base, fallback: 0n, toRaw: halves, fromRaw: whole };
    case 'bytes':
      return { ...base, fallback: new Uint8Array(0), toRaw: same, fromRaw: plain };
    case 'bool':
      return { ...base, fallback: false, toRaw: same, fromRaw: same };
    case 'string':
      return { ...base, fallback: '', toRaw: same, fromRaw: same };
    default:
      return { ...base, fallback: 0, toRaw: same, fromRaw: same };
  }
}

function toRaw(shape: Shape, message: Raw): Raw {
  const raw: Raw = {};
  for (const field of shape.fields) {
    const value = message[field.name];
    if (value === undefined || value === null) continue;
    raw[field.name] = field.repeated ? (value as unknown[]).map(field.toRaw) : field.toRaw(value);
  }
  return raw;
}

function fromRaw(shape: Shape, raw: Raw): Raw {
  const message: Raw = {};
  for (const field of shape.fields) {
    const value = Object.hasOwn(raw, field.name) ? raw[field.name] : undefined;
    if (value === undefined || value === null) {
      if (!field.choice) message[field.name] = field.repeated ? [] : field.fallback;
    } else {
      message[field.name] = field.repeated ? (value as unknown[]).map(field.fromRaw) : field.fromRaw(value);
    }
  }
  return message;
}

const same: Convert = (value) => value;

/** Of the plain type whatever the reader made, without a copy. */
const plain: Convert = (value) => {
  const bytes = value as Uint8Array;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
};

const halves: Convert = (value): Halves => {
  const bits = BigInt.asUintN(64, value as bigint);
  return { low: Number(bits & 0xffffffffn) | 0, high: Number(bits >> 32n) | 0 };
};

/** The value as an unsigned number of 64 bits. */
function whole(value: unknown): bigint {
  if (typeof value === 'number') return BigInt.asUintN(64, BigInt(value));
  const { low, high } = value as Halves;
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

export const codecs = {
  keyValue: codec<m.KeyValue>('KeyValue'),
  rangeRequest: codec<m.RangeRequest>('RangeRequest'),
  rangeResponse: codec<m.RangeResponse>('RangeResponse'),
  putRequest: codec<m.PutRequest>('PutRequest'),
  putResponse: codec<m.PutResponse>('PutResponse'),
  deleteRangeRequest: codec<m.DeleteRangeRequest>('DeleteRangeRequest'),
  deleteRangeResponse: codec<m.DeleteRangeResponse>('DeleteRangeResponse'),
  txnRequest: codec<m.TxnRequest>('TxnRequest'),
  txnResponse: codec<m.TxnResponse>('TxnResponse'),
  statusRequest: codec<m.StatusRequest>('StatusRequest'),
  statusResponse: codec<m.StatusResponse>('StatusResponse'),
  alarmRequest: codec<m.AlarmRequest>('AlarmRequest'),
  alarmResponse: codec<m.AlarmResponse>('AlarmResponse'),
  memberListRequest: codec<m.MemberListRequest>('MemberListRequest'),
  memberListResponse: codec<m.MemberListResponse>('MemberListResponse'),
  memberAddRequest: codec<m.MemberAddRequest>('MemberAddRequest'),
  memberAddResponse: codec<m.MemberAddResponse>('MemberAddResponse'),
  memberRemoveRequest: codec<m.MemberRemoveRequest>('MemberRemoveRequest'),
  memberRemoveResponse: codec<m.MemberRemoveResponse>('MemberRemoveResponse'),
  memberPromoteRequest: codec<m.MemberPromoteRequest>('MemberPromoteRequest'),
  memberPromoteResponse: codec<m.MemberPromoteResponse>('MemberPromoteResponse'),
  moveLeaderRequest: codec<m.MoveLeaderRequest>('MoveLeaderRequest'),
  moveLeaderResponse: codec<m.MoveLeaderResponse>('MoveLeaderResponse'),
  healthCheckRequest: codec<m.HealthCheckRequest>('HealthCheckRequest'),
  healthCheckResponse: codec<m.HealthCheckResponse>('HealthCheckResponse'),
  openSessionRequest: codec<m.OpenSessionRequest>('OpenSessionRequest'),
  openSessionResponse: codec<m.OpenSessionResponse>('OpenSessionResponse'),
  closeSessionRequest: codec<m.CloseSessionRequest>('CloseSessionRequest'),
  closeSessionResponse: codec<m.CloseSessionResponse>('CloseSessionResponse'),
};
