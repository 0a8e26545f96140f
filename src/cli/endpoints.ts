/** Where client commands find the cell, and how they report that they did not. */
import type { Command } from 'commander';
import { Client, type ClientOptions, type Outcome } from '../client/index.js';
import { DecreeError } from '../errors.js';
import { readCell } from '../runtime/cell-file.js';

export interface EndpointOptions {
  readonly endpoints?: string;
  readonly dir?: string;
}

const DEFAULT_ENDPOINT = '127.0.0.1:2379';

export function withEndpoints(command: Command): Command {
  return command
    .option('--endpoints <list>', `HOST:PORT,... (default: $DECREE_ENDPOINTS or ${DEFAULT_ENDPOINT})`)
    .option('--dir <directory>', 'the cell of this directory, as decree cell up made it');
}

/** The endpoints that the options, else the environment name. */
export function endpointsOf(options: EndpointOptions): string[] {
  if (options.dir !== undefined) {
    if (options.endpoints !== undefined) {
      throw new DecreeError('usage', '--endpoints and --dir both name a cell: give one of them');
    }
    return fromDirectory(options.dir);
  }
  const [source, text] =
    options.endpoints !== undefined
      ? ['--endpoints', options.endpoints]
      : ['DECREE_ENDPOINTS', process.env['DECREE_ENDPOINTS'] ?? DEFAULT_ENDPOINT];
  return text.split(',').map((part) => endpoint(source, part.trim()));
}

/** Of `http://HOST:PORT`, which etcdctl takes too, the scheme is dropped. */
function endpoint(source: string, text: string): string {
  const bare = text.replace(/^http:\/\//, '').replace(/\/$/, '');
  const port = /^(?:\[[0-9a-fA-F:]+\]|[^:/@\s]+):(\d{1,5})$/.exec(bare)?.[1];
  if (port === undefined || Number(port) > 65_535 || Number(port) === 0) {
    throw new DecreeError('usage', `${source}: "${text}" is not HOST:PORT`);
  }
  return bare;
}

function fromDirectory(directory: string): string[] {
  const cell = readCell(directory);
  if (cell === null) {
    throw new DecreeError('usage', `--dir ${directory} holds no cell.json: start a cell with decree cell up`);
  }
  return cell.members.map(({ client }) => formatAddress(client.host, client.port));
}

function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Runs a call on a client of the endpoints, and closes it. */
export async function withClient<T>(
  options: EndpointOptions,
  run: (client: Client) => Promise<T>,
  more: Partial<ClientOptions> = {},
): Promise<T> {
  const client = new Client({ endpoints: endpointsOf(options), ...more });
  try {
    return await run(client);
  } finally {
    client.close();
  }
}

/** The value of a call that worked. */
export function valueOf<T>(outcome: Outcome<T>, client: Client): T {
  if (outcome.kind === 'ok') return outcome.value;
  const { cause, message, endpoint: at } = outcome.error;
  if (cause === 'unreachable') {
    const where = client.endpoints.join(', ');
    throw new DecreeError('failed', `no replica answers at ${where} (${message}): is the cell up?`);
  }
  const fate = outcome.kind === 'unknown' ? '; the request may or may not have been executed' : '';
  throw new DecreeError('failed', `${at}: ${message}${fate}`);
}
