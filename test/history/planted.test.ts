/** Faults that a replicated store might have, planted into histories that were right. */
import { describe, expect, it } from 'vitest';
import { checkHistory, EMPTY, execute, kvModel, Recorder } from '../../src/history/index.js';
import type { KvInput, KvOutput, KvState } from '../../src/history/index.js';
import { generate, replaced } from './generate.js';
import type { KvHistory } from './generate.js';

/** A store that can be made to lie: clients act one after the other, each answered before the next. */
class Script {
  state: KvState = EMPTY;
  private readonly recorder = new Recorder<KvInput, KvOutput>();

  /** Executes and answers with the truth, or with what `lie` makes of it. */
  run(input: KvInput, lie: (output: KvOutput, before: KvState) => KvOutput = (output) => output): this {
    const before = this.state;
    const at = this.recorder.invoke(0, input);
    const { state, output } = execute(this.state, input);
    this.state = state;
    this.recorder.answer(at, lie(output, before));
    return this;
  }

  /** Nobody hears of it; it happens or not. */
  lost(input: KvInput, happens: boolean): this {
    this.recorder.invoke(1, input);
    if (happens) this.state = execute(this.state, input).state;
    return this;
  }

  /** Changes the state behind the clients' backs. */
  behind(change: (state: KvState) => KvState): this {
    this.state = change(this.state);
    return this;
  }

  history(): KvHistory {
    return this.recorder.history();
  }
}

const put = (key: string, value: string): KvInput => ({ kind: 'put', key, value });
const get = (key: string): KvInput => ({ kind: 'range', key });
const all: KvInput = { kind: 'range', key: 'a', end: 'z' };
const transfer: KvInput = { kind: 'txn', guards: [], then: [put('a', '1'), put('b', '1')], otherwise: [] };

function reportOf(history: KvHistory): string {
  const verdict = checkHistory(kvModel, history);
  expect(verdict.kind).toBe('violation');
  return verdict.kind === 'violation' ? verdict.report : '';
}

describe('planted faults', () => {
  it('a stale read: the value of before a write that was acknowledged earlier', () => {
    const script = new Script().run(put('a', 'old')).run(put('a', 'new'));
    script.run(get('a'), () => execute(execute(EMPTY, put('a', 'old')).state, get('a')).output);
    const report = reportOf(script.history());
    expect(report).toContain('get a -> 1 found: {a="old"@2} at revision 2');
    expect(report).toContain('would be get a -> 1 found: {a="new"@3} at revision 3');
  });

  it('a stale read with the revision of now: the value alone is old', () => {
    const script = new Script().run(put('a', 'old')).run(put('a', 'new'));
    script.run(get('a'), (output, state) => {
      const pairs = state.pairs.map((pair) => ({ ...pair, value: 'old' }));
      return { ...output, result: { kind: 'range', count: 1, more: false, pairs } };
    });
    reportOf(script.history());
  });

  it('a lost write: acknowledged, and gone after a change of leader', () => {
    const script = new Script().run(put('a', '1'));
    const before = script.state;
    script
      .run(put('b', '2'))
      .behind(() => before)
      .run(all);
    expect(reportOf(script.history())).toContain('get ["a", "z") -> 1 found');
  });

  it('a lost write whose revision was given to another one', () => {
    const script = new Script().run(put('a', '1'));
    const before = script.state;
    script
      .run(put('b', '2'))
      .behind(() => before)
      .run(put('c', '3'))
      .run(all);
    reportOf(script.history());
  });

  it('a double application: one request, put into two slots', () => {
    const script = new Script().run(put('a', '1')).behind((state) => execute(state, put('a', '1')).state);
    script.run(get('a'));
    expect(reportOf(script.history())).toContain('get a -> 1 found: {a="1"@3} at revision 3');
  });

  it('a double application of a request whose answer was lost', () => {
    const script = new Script()
      .lost(put('a', '1'), true)
      .behind((state) => execute(state, put('a', '1')).state);
    script.run(get('a'));
    reportOf(script.history());
  });

  it('a Txn of which one half happened', () => {
    const script = new Script().run(put('a', '0')).run(put('b', '0'));
    const before = script.state;
    script.run(transfer).behind(() => ({ ...execute(before, put('a', '1')).state }));
    script.run(all);
    reportOf(script.history());
  });

  it('a Txn that another operation was let into', () => {
    const recorder = new Recorder<KvInput, KvOutput>();
    const txn = recorder.invoke(0, transfer);
    const read = recorder.invoke(1, all);
    const halfway = execute(EMPTY, put('a', '1'));
    recorder.answer(read, execute(halfway.state, all).output);
    recorder.answer(txn, execute(EMPTY, transfer).output);
    reportOf(recorder.history());
  });

  it('a range that mixes two moments', () => {
    const script = new Script().run(put('a', '0')).run(put('b', '0'));
    const old = script.state;
    script.run(put('a', '1')).run(put('b', '1'));
    script.run(all, (output, state) => ({
      ...output,
      result: {
        kind: 'range',
        count: 2,
        more: false,
        pairs: [state.pairs[0], old.pairs[1]].flatMap((pair) => (pair === undefined ? [] : [pair])),
      },
    }));
    reportOf(script.history());
  });

  it('a guard that was decided on another state than the one written to', () => {
    const once: KvInput = {
      kind: 'txn',
      guards: [{ key: 'lock', target: 'created', is: '=', than: 0 }],
      then: [put('lock', 'mine')],
      otherwise: [get('lock')],
    };
    const script = new Script().run(once).run(once, (output) => ({
      revision: output.revision + 1,
      result: { kind: 'txn', succeeded: true, results: [{ kind: 'put' }] },
    }));
    reportOf(script.history());
  });

  it('two writes that were given the same revision', () => {
    const recorder = new Recorder<KvInput, KvOutput>();
    for (const key of ['a', 'b']) {
      const at = recorder.invoke(0, put(key, '1'));
      recorder.answer(at, { revision: 2, result: { kind: 'put' } });
    }
    reportOf(recorder.history());
  });

  it('an order against time: the later of two writes has the lower revision', () => {
    const recorder = new Recorder<KvInput, KvOutput>();
    for (const revision of [3, 2]) {
      const at = recorder.invoke(0, put('a', String(revision)));
      recorder.answer(at, { revision, result: { kind: 'put' } });
    }
    reportOf(recorder.history());
  });

  it('but a lost answer explains one change, at any time after it was asked for', () => {
    const script = new Script().run(put('a', '0')).lost(put('b', '1'), true).run(all);
    expect(checkHistory(kvModel, script.history()).kind).toBe('linearizable');
    const never = new Script().run(put('a', '0')).lost(put('b', '1'), false).run(all);
    expect(checkHistory(kvModel, never.history()).kind).toBe('linearizable');
    const before = new Script().behind((state) => execute(state, put('b', '1')).state).run(all);
    expect(checkHistory(kvModel, [...before.history()]).kind).toBe('violation');
    const late = new Script().run(get('b')).lost(put('b', '1'), true).run(get('b')).run(get('b'));
    expect(checkHistory(kvModel, late.history()).kind).toBe('linearizable');
  });

  it('names the answer that broke it among thousands', () => {
    const history = generate({ seed: 11, operations: 3000, clients: 6, keys: 20, openOneIn: 100 });
    const reads = history.flatMap((op, i) =>
      op.input.kind === 'range' && op.end.kind === 'answered' ? [i] : [],
    );
    const at = reads[Math.floor(reads.length / 2)] as number;
    const planted = replaced(history, at, (op) =>
      op.end.kind === 'open'
        ? op
        : { ...op, end: { ...op.end, output: { ...op.end.output, revision: op.end.output.revision - 40 } } },
    );
    const broken = planted[at] as KvHistory[number];
    expect(reportOf(planted)).toContain(`client ${broken.client} [${broken.invoked},`);
  });
});
