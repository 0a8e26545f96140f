import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Client } from '../../src/client/index.js';
import { idOf } from '../../src/api/ids.js';
import { MEMBERS, serve, type Served } from './serve.js';

let served: Served;
let client: Client;

beforeEach(async () => {
  served = await serve();
  client = new Client({ endpoints: [served.endpoint] });
});

afterEach(async () => {
  client.close();
  await served.server.close();
  expect(served.faults).toEqual([]);
});

const failure = async (target: bigint): Promise<string> => {
  const outcome = await client.moveLeader(target);
  return outcome.kind === 'ok' ? 'ok' : outcome.error.message;
};

describe('MoveLeader', () => {
  it('hands over to the member of that id', async () => {
    expect(await failure(idOf(MEMBERS[1]))).toBe('ok');
    expect(served.service.handedTo).toEqual([MEMBERS[1]]);
  });

  it('is refused in the words of etcd', async () => {
    expect(await failure(5n)).toContain('etcdserver: bad leader transferee');
    served.service.handOverAnswer = 'not caught up';
    expect(await failure(idOf(MEMBERS[1]))).toContain('etcdserver: bad leader transferee');
    served.service.handOverAnswer = 'timed out';
    expect(await failure(idOf(MEMBERS[1]))).toContain('leader transfer took too long');
    served.service.leader = MEMBERS[2];
    expect(await failure(idOf(MEMBERS[1]))).toContain('etcdserver: not leader');
  });
});
