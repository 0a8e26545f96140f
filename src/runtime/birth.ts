/**
 * The birth record, slot 0 of the log: the same bytes in the marker of each member of the first
 * configuration.
 */
import * as E from 'fp-ts/lib/Either.js';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import type { Birth, Member } from '../core/types.js';
import { DecreeError } from '../errors.js';
import * as codecs from './codecs.js';
import { createFile, readIfThere } from './files.js';

/** Constants of the cell, and the replicas of its first configuration. */
export interface BirthWish {
  readonly cell: string;
  readonly replicas: readonly string[];
  readonly alpha: number;
  readonly leaseMs: number;
  readonly driftPerMille: number;
}

export const BIRTH_DEFAULTS = { cell: 'decree', alpha: 32, leaseMs: 2000, driftPerMille: 10 } as const;

/** Draws an incarnation for each replica. randomHex yields that many hexadecimal digits. */
export function drawBirth(wish: BirthWish, randomHex: (digits: number) => string): Birth {
  const members = wish.replicas.map((replica) => `${replica}.${randomHex(8)}`).sort();
  const drawn = { ...wish, members };
  const decoded = codecs.birth.decode({
    cell: drawn.cell,
    members: drawn.members,
    alpha: drawn.alpha,
    leaseMs: drawn.leaseMs,
    driftPerMille: drawn.driftPerMille,
  });
  if (E.isLeft(decoded)) {
    throw new DecreeError('usage', `the birth record cannot be drawn: ${codecs.complaint(decoded.left)}`);
  }
  return decoded.right;
}

/** The bytes of the birth file: one form for one record. */
export function formatBirth(birth: Birth): string {
  const { cell, members, alpha, leaseMs, driftPerMille } = birth;
  return `${JSON.stringify({ cell, members, alpha, leaseMs, driftPerMille }, null, 2)}\n`;
}

export function readBirth(path: string): Birth {
  const found = readIfThere(path);
  if (found === null) {
    throw new DecreeError(
      'usage',
      `no birth file ${path}: give the file of the other replicas, or --replicas r1,r2,r3 to draw a new one`,
    );
  }
  return parseBirth(found.toString('utf8'), path);
}

export function parseBirth(text: string, path: string): Birth {
  const decoded = codecs.birth.decode(parseJson(text, path));
  if (E.isRight(decoded)) return decoded.right;
  throw new DecreeError('invalidInput', `${path} is no birth record: ${codecs.complaint(decoded.left)}`);
}

/** JSON or a DecreeError that names the file. */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DecreeError('invalidInput', `${path} is not JSON: ${why}`);
  }
}

/** Reads the birth file, or draws it where it does not exist and the wish names replicas. */
export function readOrDrawBirth(
  path: string,
  wish: BirthWish | null,
  randomHex: (digits: number) => string,
): Birth {
  if (wish !== null && !fs.existsSync(path)) {
    const birth = drawBirth(wish, randomHex);
    fs.mkdirSync(dirname(path), { recursive: true });
    if (createFile(path, formatBirth(birth))) return birth;
  }
  const birth = readBirth(path);
  if (wish !== null) checkWish(path, birth, wish);
  return birth;
}

function checkWish(path: string, birth: Birth, wish: BirthWish): void {
  const have = { ...birth, replicas: birth.members.map(codecs.replicaOf).join(',') };
  const want = { ...wish, replicas: [...wish.replicas].sort().join(',') };
  for (const field of ['cell', 'replicas', 'alpha', 'leaseMs', 'driftPerMille'] as const) {
    if (have[field] !== want[field]) {
      throw new DecreeError(
        'usage',
        `${path} exists and says ${field} = ${have[field]}, not ${want[field]}: ` +
          'the constants of a cell never change',
      );
    }
  }
}

export function memberOf(birth: Birth, replica: string): Member | null {
  return birth.members.find((member) => codecs.replicaOf(member) === replica) ?? null;
}
