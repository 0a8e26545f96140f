import * as net from 'node:net';
import { expect, it } from 'vitest';
import { realClock } from '../../src/runtime/clock.js';

it('runs what is due after what has arrived was read, however late it is', async () => {
  const log: string[] = [];
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const incoming = new Promise<net.Socket>((resolve) => server.once('connection', resolve));
  const client = net.connect({ host: '127.0.0.1', port });
  const socket = await incoming;
  const read = new Promise<void>((resolve) => {
    socket.on('data', () => {
      log.push('read');
      resolve();
    });
  });
  await new Promise<void>((resolve) => {
    realClock.after(20, () => {
      log.push('due');
      resolve();
    });
    client.write('x');
    const until = performance.now() + 100;
    while (performance.now() < until) continue;
  });
  await read;
  expect(log).toEqual(['read', 'due']);
  client.destroy();
  socket.destroy();
  server.close();
});
