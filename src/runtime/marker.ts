/**
 * The marker tells an emptied disk from a new replica: only `decree init` writes one, and `serve` refuses
 * a directory without it. It names the member, so a replica that lost its disk cannot come back under its
 * old identity.
 */
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Birth, Member } from '../core/types.js';
import { DecreeError } from '../errors.js';
import { formatBirth, memberOf, parseJson } from './birth.js';
import * as codecs from './codecs.js';
import { createFile, readIfThere, replaceFile, syncDirectory } from './files.js';

export interface Marker {
  readonly cell: string;
  readonly replica: string;
  readonly member: Member;
  readonly incarnation: string;
  /** The longest master lease that this member may have granted, in milliseconds. No lease is granted yet. */
  readonly longestLeaseMs: number;
  /** Process starts that the log must know of: fewer in the log means that part of it is gone. */
  readonly starts: number;
  readonly birth: Birth;
  /**
   * Of a member that joined later: where the others were when it was made, as configurations say it. Absent
   * in the marker of a member of the birth record.
   */
  readonly contacts?: Readonly<Record<Member, string>>;
}

const markerFields = t.type({
  version: t.literal(1),
  cell: codecs.name,
  replica: codecs.name,
  member: codecs.member,
  incarnation: t.string,
  longestLeaseMs: codecs.natural,
  starts: codecs.natural,
  birth: codecs.birth,
  checksum: codecs.natural,
});
const contacts = t.partial({ contacts: t.readonly(t.record(t.string, t.string)) });
const markerFile: t.Type<Marker & { version: 1; checksum: number }> = t.intersection([
  markerFields,
  contacts,
]);

export function markerPath(directory: string): string {
  return join(directory, 'marker.json');
}

export function logDirectory(directory: string): string {
  return join(directory, 'log');
}

/** One form for one marker; the checksum covers every other field. */
export function formatMarker(marker: Marker): string {
  const { cell, replica, member, incarnation, longestLeaseMs, starts, birth, contacts: others } = marker;
  const fields = {
    ...{ version: 1, cell, replica, member, incarnation, longestLeaseMs, starts, birth },
    ...(others !== undefined && { contacts: others }),
  };
  return `${JSON.stringify({ ...fields, checksum: crc32(JSON.stringify(fields)) }, null, 2)}\n`;
}

export function readMarker(directory: string): Marker {
  const path = markerPath(directory);
  const found = fs.existsSync(directory) ? readIfThere(path) : null;
  if (found === null) {
    throw new DecreeError(
      'invalidInput',
      `${directory} has no marker (marker.json), so it is no replica's directory: ` +
        'make one with decree init; if it was emptied, its member is lost and a new one must take its place',
    );
  }
  const text = found.toString('utf8');
  const decoded = markerFile.decode(parseJson(text, path));
  if (E.isLeft(decoded)) {
    throw new DecreeError('invalidInput', `${path} is no marker: ${codecs.complaint(decoded.left)}`);
  }
  const marker = decoded.right;
  if (formatMarker(marker) !== text) {
    throw new DecreeError('invalidInput', `${path} is damaged: its checksum does not match its fields`);
  }
  const founder = marker.contacts === undefined;
  const own = founder ? memberOf(marker.birth, marker.replica) : `${marker.replica}.${marker.incarnation}`;
  if (own !== marker.member || marker.birth.cell !== marker.cell) {
    throw new DecreeError('invalidInput', `${path} names ${marker.member}, which its birth record does not`);
  }
  return marker;
}

/** Replaces the marker of a directory that has one. */
export function updateMarker(directory: string, marker: Marker): void {
  replaceFile(markerPath(directory), formatMarker(marker));
}

/**
 * Makes a replica's directory. The birth file remembers beside it which of its members were made: a member
 * has one life, and a second directory for it would be a replica that forgot its promises.
 */
export function makeReplica(directory: string, replica: string, birth: Birth, birthPath: string): Marker {
  const member = memberOf(birth, replica);
  if (member === null) {
    const names = birth.members.map(codecs.replicaOf).join(', ');
    throw new DecreeError('usage', `${birthPath} names the replicas ${names}, not ${replica}`);
  }
  const existed = refuseUsed(directory);
  claim(birthPath, member, directory);
  makeDirectories(directory, existed, claimPath(birthPath, member));
  const marker: Marker = {
    cell: birth.cell,
    replica,
    member,
    incarnation: member.slice(replica.length + 1),
    longestLeaseMs: 0,
    starts: 0,
    birth,
  };
  if (!createFile(markerPath(directory), formatMarker(marker))) {
    throw new DecreeError('usage', `${directory} was made by another process at the same moment`);
  }
  syncDirectory(resolve(directory, '..'));
  return marker;
}

/**
 * Makes the directory of a member that joins a cell, under an id that was never used. It may vote once a
 * configuration names it.
 */
export function makeJoiner(directory: string, joins: Joins): Marker {
  const { birth, replica, incarnation, contacts: others } = joins;
  const existed = refuseUsed(directory);
  if (!existed) fs.mkdirSync(directory, { recursive: true });
  fs.mkdirSync(logDirectory(directory));
  syncDirectory(directory);
  const marker: Marker = {
    ...{ cell: birth.cell, replica, member: `${replica}.${incarnation}`, incarnation },
    ...{ longestLeaseMs: 0, starts: 0, birth, contacts: others },
  };
  if (!createFile(markerPath(directory), formatMarker(marker))) {
    throw new DecreeError('usage', `${directory} was made by another process at the same moment`);
  }
  syncDirectory(resolve(directory, '..'));
  return marker;
}

export interface Joins {
  readonly birth: Birth;
  readonly replica: string;
  readonly incarnation: string;
  readonly contacts: Readonly<Record<Member, string>>;
}

function refuseUsed(directory: string): boolean {
  if (!fs.existsSync(directory)) return false;
  if (!fs.statSync(directory).isDirectory()) {
    throw new DecreeError(
      'usage',
      `${directory} is not a directory: name one that is empty or does not exist`,
    );
  }
  if (fs.existsSync(markerPath(directory))) {
    throw new DecreeError('usage', `${directory} has a marker already: it is a replica's directory`);
  }
  if (fs.readdirSync(directory).length > 0) {
    throw new DecreeError('usage', `${directory} is not empty: name one that is empty or does not exist`);
  }
  return true;
}

/** Where they cannot be made, nothing can have been promised there: the claim is given back. */
function makeDirectories(directory: string, existed: boolean, claimed: string): void {
  try {
    if (!existed) fs.mkdirSync(directory, { recursive: true });
    fs.mkdirSync(logDirectory(directory));
    syncDirectory(directory);
  } catch (error) {
    fs.unlinkSync(claimed);
    throw error;
  }
}

function claimPath(birthPath: string, member: Member): string {
  return `${birthPath}.${member}`;
}

function claim(birthPath: string, member: Member, directory: string): void {
  const path = claimPath(birthPath, member);
  if (createFile(path, `${resolve(directory)}\n`)) return;
  const where = readIfThere(path)?.toString('utf8').trim() ?? 'another directory';
  throw new DecreeError(
    'usage',
    `${member} has been made already, in ${where} (${path}): a member has one life, since it must not ` +
      'forget what it promised. If it never served, remove that file; if it lost its disk, a new member ' +
      'must replace it',
  );
}

/** Whether two birth records are the same bytes. */
export function sameBirth(a: Birth, b: Birth): boolean {
  return formatBirth(a) === formatBirth(b);
}
