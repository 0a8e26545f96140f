/** Free ports of this machine for a cell of several processes. */
import * as net from 'node:net';
import type { Random } from '../driver/ports.js';
import { DecreeError } from '../errors.js';

/**
 * Below the range from which systems take the ports of outgoing connections: such a port may be taken by any
 * connection while its replica is down, even by a peer that dials it and so reaches itself.
 */
const LOWEST = 10_240;
const HIGHEST = 31_999;

/** Different ports on 127.0.0.1 that nobody listens on now. */
export async function freePorts(count: number, random: Random): Promise<readonly number[]> {
  const found = new Set<number>();
  for (let attempt = 0; found.size < count; attempt += 1) {
    if (attempt > count * 100) throw new DecreeError('inUse', `no ${count} free ports on 127.0.0.1`);
    const port = random.integer(LOWEST, HIGHEST);
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
