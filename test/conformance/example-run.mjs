/**
 * A run of the worked example's code, in the copy that example.test.ts built: three cores decide two values,
 * the second is known to the leader alone, which relays it. Their traces go to the folder that is named, and
 * what the copy's own validation says of them is printed as JSON.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [root, folder] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(root, 'dist', ...path.split('/'))).href);
const { initialState, nextInternal, step } = await load('src/core/index.js');
const { TraceWriter, traceFileName } = await load('src/trace/writer.js');
const { validateTraces } = await load('conformance/trace/validate.js');
const { findTlc } = await load('conformance/tlc/find.js');

const members = ['r1.aa', 'r2.bb', 'r3.cc'];
const birth = { cell: 'example', members, alpha: 4, leaseMs: 1000, driftPerMille: 1 };
const sites = members.map((self) => {
  const lines = [];
  const state = initialState(self, 1, birth);
  return { state, lines, writer: new TraceWriter({ write: (line) => lines.push(line), flush() {} }, state) };
});
const inbox = [];
let lost = () => false;

function feed(at, input) {
  const site = sites[at];
  const transition = step(site.state, input);
  site.writer.event(site.state, transition);
  site.state = transition.state;
  for (const effect of transition.effects) {
    if (effect.kind !== 'send') continue;
    const { to, message } = effect.outgoing;
    members.forEach((member, i) => {
      if (to === 'peers' ? i !== at : to === member)
        if (!lost(message)) inbox.push([i, { kind: 'message', from: members[at], message }]);
    });
  }
}

/** Until nothing waits: messages, syncs, and what the states enable. */
function settle() {
  for (let busy = true; busy;) {
    busy = false;
    sites.forEach(({ state }, i) => {
      const internal = nextInternal(state);
      if (state.unsynced.length > 0) feed(i, { kind: 'persist', count: state.unsynced.length });
      else if (internal !== null) feed(i, { kind: 'internal', internal });
      else return;
      busy = true;
    });
    const mail = inbox.shift();
    if (mail !== undefined) feed(...mail);
    busy ||= mail !== undefined;
  }
}

const batch = (id) => ({ kind: 'batch', epoch: 0, commands: [{ id, op: Uint8Array.of(1) }] });
feed(0, { kind: 'campaign' });
settle();
feed(0, { kind: 'propose', value: batch('one') });
settle();
lost = (message) => message.type === 'Chosen';
feed(0, { kind: 'propose', value: batch('two') });
settle();
const before = sites.map(({ state }) => state.prefix);
feed(0, { kind: 'relay' });
settle();
const after = sites.map(({ state }) => state.prefix);

for (const { writer } of sites) writer.end();
const [tlc, results] = [findTlc(), []];
/** As it was, and with an event that says less than the spec's step. */
for (const damage of [(line) => line, (line) => line.replace(/("action":"Relay",.*"upTo":)2/, '$11')]) {
  const here = join(folder, String(results.length));
  mkdirSync(here, { recursive: true });
  for (const { state, lines } of sites) {
    const text = lines.map((line) => `${damage(line)}\n`).join('');
    writeFileSync(join(here, traceFileName(state.self, 1)), text);
  }
  results.push(...(await validateTraces([here], { tlc })));
}
process.stdout.write(JSON.stringify({ before, after, results }));
