/** A simulated cell under steady writes, and the words for changes of its configuration. */
import type { Faults, State } from '../../src/core/index.js';
import type { Member } from '../../src/core/types.js';
import type { Change, ChangeAnswer } from '../../src/driver/changes.js';
import { SimCell, type CellSetup } from '../../src/sim/cell.js';
import { AnswerCheck } from '../../src/sim/checks/answers.js';
import { InvariantCheck } from '../../src/sim/checks/invariants.js';
import type { Journal } from '../../src/sim/journal.js';

const WRITE_MS = 15;

export class CellScript {
  readonly cell: SimCell;
  readonly check: InvariantCheck;
  readonly answers: AnswerCheck;
  /** Who led first. */
  readonly leader: string;
  private writing = true;

  constructor(faults: Partial<Faults> = {}, members = 3, setup: Partial<CellSetup> = {}) {
    this.cell = new SimCell({ seed: 5, members, traced: false, faults, ...setup });
    this.check = new InvariantCheck(this.cell);
    this.answers = new AnswerCheck(this.cell, (slot) => this.check.configurationOf(slot));
    this.cell.start();
    if (!this.cell.runUntil(() => this.cell.leader() !== null)) throw new Error('nobody leads');
    this.cell.run(300);
    this.write();
    this.cell.run(300);
    this.leader = this.cell.leader() ?? '';
  }

  get acknowledged(): number {
    return this.answers.acknowledged.length;
  }

  /** No more writes; what was written has its answers. */
  quiet(): void {
    this.writing = false;
    this.cell.run(500);
  }

  member(name: string): Member {
    return this.cell.node(name).member;
  }

  state(name: string): State {
    return this.cell.process(name).replica.inspect();
  }

  /** A new machine that runs and listens. */
  add(name: string): void {
    this.cell.add(name).start();
    const added = this.ask(this.joining(name, null, false));
    if (added?.ok !== true) throw new Error(`${name} was not added`);
  }

  joining(name: string, replaces: string | null, promote = true): Change {
    return {
      ...{ kind: 'add', member: this.member(name), address: name, promote },
      replaces: replaces === null ? null : this.member(replaces),
    };
  }

  /** Asks who leads, and waits for the answer; null where there is none in that time. */
  ask(change: Change, limitMs = 10_000): ChangeAnswer | null {
    let answer: ChangeAnswer | null = null;
    this.cell.process(this.cell.leader() ?? '').replica.change(change, (given) => (answer = given));
    this.cell.runUntil(() => answer !== null, limitMs);
    return answer;
  }

  /** What the checkers say; null if nothing. */
  finding(): string | null {
    const found = [
      ...this.check.violations().map(({ invariant, what }) => `${invariant}: ${what}`),
      ...this.answers.uncovered,
    ];
    return found.length === 0 ? null : found.join('; ');
  }

  /** Acknowledged writes that one of these did not execute once in its slot; null if there is none. */
  lost(names: readonly string[]): string | null {
    const executed = new Map(
      names.map((name) => [name, (this.cell.process(name).machine as Journal).entries()] as const),
    );
    return this.answers.lost(executed)[0] ?? null;
  }

  private write(): void {
    if (!this.writing) return;
    const name = this.cell.leader();
    if (name !== null) {
      let id = '';
      const answered = (answer: { readonly ok: boolean; readonly slot?: number }): void => {
        if (answer.ok && answer.slot !== undefined) this.answers.answered(id, answer.slot);
      };
      this.cell.node(name).submit(Uint8Array.of(1), answered, (taken) => (id = taken));
    }
    this.cell.clock.after(WRITE_MS, () => this.write());
  }
}
