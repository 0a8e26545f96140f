/**
 * decree.Sessions, which etcd does not have: Open and Close; and the metadata of a request in a session,
 * which every mutation of etcdserverpb.KV takes. Who sends none of it gets what etcd gives: a request that
 * is executed at most once by the replica that took it, and perhaps again where its sender asks again.
 */
import * as E from 'fp-ts/lib/Either.js';
import { parsePlace, formatPlace, type Place } from '../store/place.js';
import { decodeCommandResult, encodeCommand } from '../store/session-codec.js';
import type { CommandResult, SessionCommand } from '../store/session-commands.js';
import { refusal, unavailable } from './errors.js';
import { CODE, GrpcError } from './grpc/status.js';
import type { Call, Method } from './grpc/server.js';
import { checkLeader, headerBase, parse, tellEpoch } from './headers.js';
import { codecs } from './proto/codec.js';
import { header } from './responses.js';
import type { ApiService } from './service.js';
import { LOW_KEY, SEQ_KEY, SESSION_KEY, SESSION_PATHS } from './session-names.js';

export interface Numbered {
  readonly session: Place;
  readonly seq: number;
  readonly low: number;
}

/** The session and number of a request, or null where it has neither. */
export function numberOf({ metadata }: Call): Numbered | null {
  const [session, seq, low] = [metadata[SESSION_KEY], metadata[SEQ_KEY], metadata[LOW_KEY]];
  if (session === undefined && seq === undefined && low === undefined) return null;
  if (session === undefined || seq === undefined) {
    throw new GrpcError(
      CODE.invalidArgument,
      `decree: ${SESSION_KEY} and ${SEQ_KEY} go together, and one is missing`,
    );
  }
  return {
    session: placeOf(session, SESSION_KEY),
    seq: wholeOf(seq, SEQ_KEY),
    low: low === undefined ? 1 : wholeOf(low, LOW_KEY),
  };
}

function placeOf(text: string | string[], what: string): Place {
  const place = typeof text === 'string' ? parsePlace(text) : null;
  if (place !== null) return place;
  throw new GrpcError(CODE.invalidArgument, `decree: ${what} is not the name of a session: ${String(text)}`);
}

function wholeOf(text: string | string[], what: string): number {
  if (typeof text === 'string' && /^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new GrpcError(
    CODE.invalidArgument,
    `decree: ${what} is not a whole number from 1 on: ${String(text)}`,
  );
}

export function sessionMethods(service: ApiService): [path: string, method: Method][] {
  return [
    [SESSION_PATHS.open, (bytes, call) => open(service, bytes, call)],
    [SESSION_PATHS.close, (bytes, call) => close(service, bytes, call)],
  ];
}

async function open(service: ApiService, bytes: Uint8Array, call: Call): Promise<Uint8Array> {
  parse(codecs.openSessionRequest.decode, bytes);
  const { result, round } = await execute(service, { kind: 'open' }, call);
  if (result.kind !== 'opened') throw new Error(`the store answered ${result.kind} to open`);
  return codecs.openSessionResponse.encode({
    header: header(headerBase(service, round), result.revision),
    session: formatPlace(result.session),
    window: BigInt(result.window),
  });
}

/** For who is done: it ends whenever it was used last. */
async function close(service: ApiService, bytes: Uint8Array, call: Call): Promise<Uint8Array> {
  const { session } = parse(codecs.closeSessionRequest.decode, bytes);
  const command = { kind: 'evict', session: placeOf(session, 'session'), used: null } as const;
  const { result, round } = await execute(service, command, call);
  if (result.kind !== 'evicted') throw new Error(`the store answered ${result.kind} to close`);
  return codecs.closeSessionResponse.encode({
    header: header(headerBase(service, round), result.revision),
    closed: result.evicted,
  });
}

async function execute(
  service: ApiService,
  command: SessionCommand,
  call: Call,
): Promise<{ readonly result: CommandResult; readonly round: number }> {
  checkLeader(service, call);
  const answer = await service.submit(encodeCommand(command));
  if (!answer.ok) throw unavailable(answer.reason);
  tellEpoch(call, answer.epoch);
  const result = E.getOrElseW((error): never => {
    throw new Error(`the store answered with a ${error}`);
  })(decodeCommandResult(answer.result));
  if (result.kind === 'refused') throw refusal(result.error);
  return { result, round: answer.round };
}
