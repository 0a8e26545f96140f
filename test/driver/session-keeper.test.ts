/** Who ends sessions, when, and which: a leader, by entries that every replica executes alike. */
import { describe, expect, it } from 'vitest';
import { SessionKeeper } from '../../src/driver/session-keeper.js';
import { SimClock } from '../../src/sim/clock.js';
import { formatPlace, type Place } from '../../src/store/place.js';
import { encodeCommand } from '../../src/store/session-codec.js';
import { Store } from '../../src/store/store.js';
import { put } from '../store/make.js';

const SILENCE = 800;

/** A store whose log is what is proposed; a proposal is executed at once, or held back. */
class Cell {
  readonly clock = new SimClock();
  readonly store = new Store();
  readonly held: Uint8Array[] = [];
  leads = true;
  holds = false;
  proposed = 0;
  private slot = 0;
  private readonly numbers = new Map<Place, number>();

  constructor(sessionLimit = 100) {
    new SessionKeeper({
      clock: this.clock,
      options: { sessionSilenceMs: SILENCE, sessionLimit },
      sessions: () => this.store.sessions,
      leads: () => this.leads,
      propose: (command) => {
        this.proposed += 1;
        if (this.holds) this.held.push(command);
        else this.apply(command);
      },
    }).start();
  }

  get names(): string[] {
    return [...this.store.sessions.byUse()].map(({ session }) => formatPlace(session));
  }

  apply(command: Uint8Array): Place {
    const at = { slot: ++this.slot, index: 0 };
    this.store.apply(command, at);
    return at;
  }

  open(): Place {
    return this.apply(encodeCommand({ kind: 'open' }));
  }

  use(session: Place): void {
    const seq = (this.numbers.get(session) ?? 0) + 1;
    this.numbers.set(session, seq);
    this.apply(encodeCommand({ kind: 'request', session, seq, low: seq, operation: put('a', `${seq}`) }));
  }
}

describe('the keeper of sessions', () => {
  it('ends a session that was silent, and none that was used', () => {
    const cell = new Cell();
    const [used] = [cell.open(), cell.open()];
    for (let i = 0; i < 20; i++) {
      cell.clock.run(100);
      cell.use(used);
      if (i === 5) expect(cell.names).toHaveLength(2);
    }
    expect(cell.names).toEqual([formatPlace(used)]);
  });

  it('ends the least recently used where there are too many', () => {
    const cell = new Cell(2);
    const [first, second, third] = [cell.open(), cell.open(), cell.open()];
    cell.use(first);
    cell.clock.run(150);
    expect(cell.names).toEqual([third, first].map(formatPlace));
    expect(cell.names).not.toContain(formatPlace(second));
  });

  it('does not end what was used after it looked', () => {
    const cell = new Cell();
    const session = cell.open();
    cell.holds = true;
    cell.clock.run(2 * SILENCE);
    expect(cell.held.length).toBeGreaterThan(0);
    cell.use(session);
    for (const command of cell.held) cell.apply(command);
    expect(cell.names).toEqual([formatPlace(session)]);
  });

  it('proposes nothing where it does not lead, and counts anew once it leads', () => {
    const cell = new Cell();
    cell.open();
    cell.leads = false;
    cell.clock.run(3 * SILENCE);
    cell.leads = true;
    cell.clock.run(SILENCE - 100);
    expect([cell.proposed, cell.names.length]).toEqual([0, 1]);
    cell.clock.run(400);
    expect(cell.names).toEqual([]);
  });
});
