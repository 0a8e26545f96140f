/** Says once, in one line, what this run leaves out for want of a tool, and how to get it. */
import { findTlc, onPath } from '../../conformance/tlc/find.js';

export default function setup(): void {
  // With CI=true each group of tests fails by itself where its tool is missing.
  if (process.env['CI'] === 'true') return;
  const lookup = findTlc();
  const missing: string[] = [];
  if ('missing' in lookup) missing.push(`models and traces in TLC (${lookup.missing})`);
  if (onPath('etcdctl', process.env) === undefined) {
    missing.push('test/etcdctl (no etcdctl on the PATH; Debian: apt-get install etcd-client)');
  }
  if (missing.length > 0) process.stderr.write(`NOT RUN: ${missing.join('; ')}\n`);
}
