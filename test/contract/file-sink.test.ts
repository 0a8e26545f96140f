/** The file writer of traces keeps the contract of a TraceSink. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSink } from '../../src/trace/sinks.js';
import { traceSinkContract } from './trace-sink.contract.js';

traceSinkContract('FileSink', () => {
  const folder = mkdtempSync(join(tmpdir(), 'decree-sink-'));
  const path = join(folder, 'trace.ndjson');
  const sink = new FileSink(path);
  return {
    sink,
    // A process that is killed writes nothing more; what it had not handed over is gone with it.
    crash: () => undefined,
    lines: () => readFileSync(path, 'utf8').split('\n').slice(0, -1),
    close: () => {
      sink.close();
      rmSync(folder, { recursive: true });
    },
  };
});
