/** Parsing of command-line values; each failure names the option. */
import { InvalidArgumentError } from 'commander';
import * as fs from 'node:fs';
import { DecreeError } from '../errors.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Parses a whole number within bounds. */
export function whole(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** Parses `HOST:PORT`, with an IPv6 host in brackets. Port 0 lets the system choose. */
export function address(text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw new InvalidArgumentError('It must be HOST:PORT.');
  return { host: match[1] ?? match[2] ?? '', port };
}

/** Collects `NAME=HOST:PORT` options into a map. */
export function namedAddress(text: string, before: ReadonlyMap<string, Address>): Map<string, Address> {
  const [name = '', rest, ...more] = text.split('=');
  if (name === '' || rest === undefined || more.length > 0) {
    throw new InvalidArgumentError('It must be NAME=HOST:PORT.');
  }
  if (before.has(name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return new Map([...before, [name, address(rest)]]);
}

/** Splits `a,b,c`. */
export function list(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

/** Reads a JSON file that an option names. */
export function jsonFile(option: string, path: string): unknown {
  try {
    return JSON.parse(fs.readFileSync(path, 'utf8')) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DecreeError('usage', `${option} ${path} cannot be read: ${why}`);
  }
}
