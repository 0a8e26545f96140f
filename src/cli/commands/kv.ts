/** `decree put`, `decree get` and `decree del`: the key-value store from the command line. */
import type { Command } from 'commander';
import type { KeyValue, RangeResponse } from '../../api/proto/messages.js';
import { FROM_KEY, prefixRange, toBytes, type KeyRange } from '../../client/index.js';
import { DecreeError } from '../../errors.js';
import { valueOf, withClient, withEndpoints, type EndpointOptions } from '../endpoints.js';
import { whole } from '../options.js';
import type { Register } from '../register.js';

interface RangeOptions extends EndpointOptions {
  readonly prefix?: boolean;
  readonly fromKey?: boolean;
}

interface GetOptions extends RangeOptions {
  readonly json?: boolean;
  readonly limit?: number;
  readonly keysOnly?: boolean;
  readonly local?: boolean;
}

export const kv: Register = (program) => {
  withEndpoints(program.command('put').description('store a value under a key'))
    .argument('<key>')
    .argument('<value>')
    .action(put);
  const get = program.command('get').description('read a key, or the keys of a range');
  withRange(get)
    .option('--limit <n>', 'at most so many keys', whole(1, 1_000_000))
    .option('--keys-only', 'without the values')
    .option('--local', 'ask one replica for what it knows, which may be old')
    .option('--json', 'print one JSON object')
    .action(getKeys);
  const del = program.command('del').description('delete a key, or the keys of a range');
  withRange(del).action(deleteKeys);
};

function withRange(command: Command): Command {
  return withEndpoints(command)
    .argument('<key>')
    .argument('[range-end]', 'the first key after the range')
    .option('--prefix', 'every key that begins with <key>')
    .option('--from-key', 'every key from <key> on');
}

async function put(key: string, value: string, options: EndpointOptions): Promise<void> {
  await withClient(options, async (client) => valueOf(await client.put(checked(key), value), client));
  process.stdout.write('OK\n');
}

async function getKeys(key: string, end: string | undefined, options: GetOptions): Promise<void> {
  const request = {
    ...rangeOf(key, end, options),
    limit: BigInt(options.limit ?? 0),
    keysOnly: options.keysOnly === true,
    serializable: options.local === true,
  };
  const found = await withClient(options, async (client) => valueOf(await client.range(request), client));
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(toJson(found), null, 2)}\n`);
    return;
  }
  for (const pair of found.kvs) {
    process.stdout.write(Buffer.concat([pair.key, NEWLINE]));
    if (options.keysOnly !== true) process.stdout.write(Buffer.concat([pair.value, NEWLINE]));
  }
}

const NEWLINE = Buffer.from('\n');

async function deleteKeys(key: string, end: string | undefined, options: RangeOptions): Promise<void> {
  const range = rangeOf(key, end, options);
  const answer = await withClient(options, async (client) =>
    valueOf(await client.del(range.key, { rangeEnd: range.rangeEnd }), client),
  );
  process.stdout.write(`${answer.deleted}\n`);
}

function rangeOf(key: string, end: string | undefined, options: RangeOptions): KeyRange {
  const ways = [end !== undefined, options.prefix === true, options.fromKey === true];
  if (ways.filter(Boolean).length > 1) {
    throw new DecreeError(
      'usage',
      'a range is given by <range-end>, --prefix or --from-key: use one of them',
    );
  }
  if (options.prefix === true) return prefixRange(key);
  if (options.fromKey === true) return { key: key === '' ? FROM_KEY : toBytes(key), rangeEnd: FROM_KEY };
  return { key: toBytes(checked(key)), rangeEnd: toBytes(end ?? '') };
}

function checked(key: string): string {
  if (key === '') throw new DecreeError('usage', 'the key is empty: give at least one character');
  return key;
}

function toJson(found: RangeResponse): object {
  return {
    revision: Number(found.header?.revision ?? 0n),
    count: Number(found.count),
    more: found.more,
    pairs: found.kvs.map(pairJson),
  };
}

/** Keys and values that are not UTF-8 text come as base64 under another name. */
function pairJson(pair: KeyValue): object {
  return {
    ...bytesJson('key', pair.key),
    ...bytesJson('value', pair.value),
    createRevision: Number(pair.createRevision),
    modRevision: Number(pair.modRevision),
    version: Number(pair.version),
  };
}

function bytesJson(name: string, bytes: Uint8Array): object {
  try {
    return { [name]: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { [`${name}Base64`]: Buffer.from(bytes).toString('base64') };
  }
}
