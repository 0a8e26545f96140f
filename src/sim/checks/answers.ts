/**
 * What an acknowledgement promises: when it is given, syncs of a quorum cover the votes for it, at one
 * ballot, counted at the disks; and at the end the command was executed once, in the slot that the answer
 * named, by everyone.
 */
import { formatBallot, isQuorum } from '../../core/index.js';
import type { Configuration, LogRecord, Member, Slot } from '../../core/types.js';
import type { SimCell } from '../cell.js';
import type { JournalEntry } from '../journal.js';
import type { SimNode } from '../node.js';

export interface Acknowledged {
  readonly id: string;
  readonly slot: Slot;
}

interface Votes {
  readonly ids: ReadonlySet<string>;
  readonly members: Set<Member>;
}

export class AnswerCheck {
  readonly acknowledged: Acknowledged[] = [];
  /** Acknowledgements that no quorum's syncs covered. */
  readonly uncovered: string[] = [];
  /** slot -> ballot -> what was voted for there, and the members whose synced log holds that vote. */
  private readonly votes = new Map<Slot, Map<string, Votes>>();
  private readonly positions = new Map<SimNode, number>();

  constructor(
    private readonly cell: SimCell,
    /** What governs a slot; all members that there are if absent. */
    private readonly configurationOf: (slot: Slot) => Configuration = () => ({
      members: cell.names.map((name) => cell.node(name).member),
    }),
  ) {}

  /** A client just got the answer ok. */
  answered(id: string, slot: Slot): void {
    this.acknowledged.push({ id, slot });
    for (const name of this.cell.names) this.read(this.cell.node(name));
    let most = 0;
    const configuration = this.configurationOf(slot);
    for (const { ids, members } of this.votes.get(slot)?.values() ?? []) {
      if (!ids.has(id)) continue;
      if (isQuorum(members, configuration)) return;
      most = Math.max(most, members.size);
    }
    this.uncovered.push(`${id} in slot ${slot}: ${most} synced votes`);
  }

  /** What is wrong with the commands that each member executed in the end; empty is good. */
  lost(executed: ReadonlyMap<string, readonly JournalEntry[]>): readonly string[] {
    const wrong: string[] = [];
    for (const [name, entries] of executed) {
      const slots = new Map<string, Slot[]>();
      for (const { id, slot } of entries) slots.set(id, [...(slots.get(id) ?? []), slot]);
      for (const [id, where] of slots) {
        if (where.length > 1) wrong.push(`${name} executed ${id} in the slots ${where.join(', ')}`);
      }
      for (const { id, slot } of this.acknowledged) {
        if (slots.get(id)?.[0] !== slot)
          wrong.push(`${name} did not execute ${id}, acknowledged in slot ${slot}`);
      }
    }
    return wrong;
  }

  private read(node: SimNode): void {
    const position = this.positions.get(node) ?? 0;
    const records = node.disk.since(position);
    this.positions.set(node, position + records.length);
    for (const record of records) this.readRecord(node.member, record);
  }

  private readRecord(member: Member, { body }: LogRecord): void {
    if (body.kind !== 'accept' || body.value.kind !== 'batch') return;
    const inSlot = this.votes.get(body.slot) ?? new Map<string, Votes>();
    this.votes.set(body.slot, inSlot);
    const ballot = formatBallot(body.ballot);
    let votes = inSlot.get(ballot);
    if (votes === undefined) {
      votes = { ids: new Set(body.value.commands.map(({ id }) => id)), members: new Set() };
      inSlot.set(ballot, votes);
    }
    votes.members.add(member);
  }
}
