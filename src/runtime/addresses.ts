/** Where members are, as configurations in the log say it: `PEER CLIENT`, each HOST:PORT or `-`. */
import type { Address } from './tcp/outgoing.js';

export interface Place {
  readonly peer: Address | null;
  readonly client: Address | null;
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function parseAddress(text: string): Address | null {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s/]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) return null;
  return { host: match[1] ?? match[2] ?? '', port };
}

export function formatPlace({ peer, client }: Place): string {
  const text = (address: Address | null): string => (address === null ? '-' : formatAddress(address));
  return `${text(peer)} ${text(client)}`;
}

/** What cannot be read is not known. */
export function parsePlace(text: string): Place {
  const [peer = '', client = ''] = text.split(' ');
  return { peer: parseAddress(peer), client: parseAddress(client) };
}
