import * as fs from 'node:fs';
import * as net from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/errors.js';
import { drawBirth } from '../../src/runtime/birth.js';
import { randomHex } from '../../src/runtime/clock.js';
import { makeReplica, readMarker } from '../../src/runtime/marker.js';
import { temporary } from '../runtime/temporary.js';
import { decree, firstLine, spawnDecree, type Ended } from './run.js';

const ANY = ['--peer-listen', '127.0.0.1:0', '--client-listen', '127.0.0.1:0', '--log-level', 'silent'];

let base: string;
let dir: string;

beforeEach(() => {
  base = temporary();
  dir = join(base, 'r1');
  const wish = { cell: 'test', replicas: ['r1'], alpha: 32, leaseMs: 400, driftPerMille: 10 };
  makeReplica(dir, 'r1', drawBirth(wish, randomHex), join(base, 'birth.json'));
});

const serve = (...more: string[]) => spawnDecree(['serve', '--dir', dir, ...ANY, ...more]);

/** Serves until it leads and has written something, then ends it with the signal. */
async function served(signal: NodeJS.Signals): Promise<Ended> {
  const { child, ended } = serve();
  const ready = JSON.parse(await firstLine(child)) as { trace: string };
  await leads(ready.trace);
  child.kill(signal);
  return ended;
}

async function leads(trace: string): Promise<void> {
  for (let i = 0; i < 1_000; i += 1) {
    if (fs.existsSync(trace) && fs.readFileSync(trace, 'utf8').includes('"BecomeLeader"')) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not lead');
}

const log = (): string => join(dir, 'log', 'segment-00000001.log');

function oneLine({ stderr }: Ended): string {
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/^decree: /);
  return stderr;
}

describe('decree serve', () => {
  it('says that it is ready, stops cleanly on SIGTERM, and counts its starts', async () => {
    for (const start of [1, 2]) {
      const { child, ended } = serve();
      const ready = JSON.parse(await firstLine(child)) as Record<string, unknown>;
      expect(ready).toMatchObject({ ready: true, cell: 'test', replica: 'r1', start, pid: child.pid });
      await leads(String(ready['trace']));
      child.kill('SIGTERM');
      expect(await ended).toMatchObject({ code: EXIT.ok, stderr: '' });
      const trace = fs.readFileSync(String(ready['trace']), 'utf8').trim().split('\n');
      expect(JSON.parse(trace.at(-1) ?? '')).toMatchObject({ kind: 'end', events: trace.length - 2 });
    }
    expect(readMarker(dir).starts).toBe(2);
    expect(fs.existsSync(join(dir, 'lock'))).toBe(false);
  });

  it('refuses a directory without a marker, and a damaged marker', async () => {
    const bare = await decree('serve', '--dir', join(base, 'none'), ...ANY);
    expect(oneLine(bare)).toContain('has no marker');
    expect(bare.code).toBe(EXIT.invalidInput);
    const path = join(dir, 'marker.json');
    fs.writeFileSync(
      path,
      fs.readFileSync(path, 'utf8').replace('"longestLeaseMs": 0', '"longestLeaseMs": 1'),
    );
    const damaged = await serve().ended;
    expect(oneLine(damaged)).toContain('its checksum does not match');
    expect(damaged.code).toBe(EXIT.invalidInput);
  });

  it('refuses a flipped byte in its log by file and offset, and changes nothing', async () => {
    await served('SIGTERM');
    const bytes = fs.readFileSync(log());
    for (const offset of [3, 30, bytes.length - 200, bytes.length - 1]) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(offset) ^ 4, offset);
      fs.writeFileSync(log(), flipped);
      const ended = await serve().ended;
      expect(oneLine(ended)).toMatch(/segment-00000001\.log is damaged at offset \d+/);
      expect(ended.code).toBe(EXIT.invalidInput);
      expect(fs.readFileSync(log()).equals(flipped)).toBe(true);
    }
    expect(fs.readdirSync(join(dir, 'trace'))).toHaveLength(1);
  });

  it('cuts a torn end after SIGKILL, says so, and takes over the lock', async () => {
    await served('SIGKILL');
    const whole = fs.statSync(log()).size;
    fs.appendFileSync(log(), Buffer.from([0xd3, 0xc4, 0x1e, 0x6f, 200, 0, 0, 0, 1, 2, 3]));
    const { child, ended } = serve('--log-level', 'info');
    const ready = JSON.parse(await firstLine(child)) as Record<string, unknown>;
    child.kill('SIGTERM');
    const { stderr } = await ended;
    expect(ready).toMatchObject({ start: 2, recovered: { cutBytes: 11 } });
    expect(stderr).toContain('took over the lock of a process that is dead');
    expect(stderr).toContain('cut a damaged end of the log that was never synced');
    expect(fs.statSync(log()).size).toBe(whole);
  });

  it('refuses a directory in use and a port in use, each with its own line', async () => {
    const { child, ended } = serve();
    const { client } = JSON.parse(await firstLine(child)) as { client: { port: number } };
    const second = await serve().ended;
    expect(oneLine(second)).toContain(`is in use by process ${child.pid}`);
    expect(second.code).toBe(EXIT.inUse);
    child.kill('SIGTERM');
    await ended;
    const taken = net.createServer();
    await new Promise<void>((resolve) => taken.listen(client.port, '127.0.0.1', resolve));
    for (const which of ['--client-listen', '--peer-listen']) {
      const third = await serve(which, `127.0.0.1:${client.port}`).ended;
      expect(oneLine(third)).toContain(`port 127.0.0.1:${client.port} is in use`);
      expect(third.code).toBe(EXIT.inUse);
    }
    taken.close();
    expect(fs.readdirSync(join(dir, 'trace'))).toHaveLength(1);
    expect(readMarker(dir).starts).toBe(1);
  });

  it('ends with one line where it cannot write what it was told to write', async () => {
    const nowhere = join(base, 'nowhere', 'file');
    for (const option of ['--log-file', '--ready-file']) {
      const ended = await serve(option, nowhere).ended;
      expect(oneLine(ended)).toMatch(/ENOENT: no such file or directory.*nowhere/);
      expect(ended.code).toBe(EXIT.usage);
    }
    expect(readMarker(dir).starts).toBe(1);
    expect(fs.existsSync(join(dir, 'lock'))).toBe(false);
  });

  it('names the option that is wrong', async () => {
    const file = join(base, 'options.json');
    const cases: [string, string][] = [
      ['{"heartbeatMs": 0}', 'option heartbeatMs: must be a whole number from 1'],
      ['{"segmentBytes": "big"}', 'option segmentBytes must be a whole number from 4096'],
      ['{"segmentBytes": 2147483648}', 'from 4096 to 1073741824'],
      ['{"heartBeat": 5}', 'there is no option heartBeat'],
      ['{"logLevel": "loud"}', 'option logLevel must be one of'],
      ['[]', 'must be one JSON object'],
      ['{', 'cannot be read'],
    ];
    for (const [text, complaint] of cases) {
      fs.writeFileSync(file, text);
      const ended = await serve('--options', file).ended;
      expect(oneLine(ended)).toContain(complaint);
      expect(ended.code).toBe(EXIT.usage);
    }
    fs.writeFileSync(file, '{"batchBytes": 1572865}');
    const large = await serve('--options', file).ended;
    expect(oneLine(large)).toContain('alpha × batchBytes is 32 × 1572865, above 50331648');
    expect(large.stderr).toContain('set the option batchBytes to at most 1572864');
    expect(large.code).toBe(EXIT.usage);
    const unknown = await serve('--nonsense').ended;
    expect(unknown.stderr).toContain("unknown option '--nonsense'");
    expect(unknown.code).toBe(EXIT.usage);
    const stranger = await serve('--peer', 'r2=127.0.0.1:1').ended;
    expect(oneLine(stranger)).toContain('--peer names r2, but the cell has r1');
    expect(stranger.code).toBe(EXIT.usage);
    const malformed = await serve('--peer', 'r2').ended;
    expect(malformed.stderr).toContain('It must be NAME=HOST:PORT');
    expect(malformed.code).toBe(EXIT.usage);
  });
});
