/**
 * Kills a process between two effects of a turn: each call that a replica makes of a port is a point at which
 * it may die, and from then on no call does anything.
 */
import type { LogRecord, Slot, Value } from '../core/types.js';
import type {
  Disk,
  Frame,
  SnapshotFile,
  SnapshotStore,
  StateMachine,
  TraceSink,
  Transport,
} from '../driver/ports.js';
import type { Member } from '../core/types.js';

/** Thrown out of a port, through the replica, to whoever called it. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

export class KillSwitch {
  private left: number | null = null;
  private dead = false;
  private died: () => void = () => undefined;

  get killed(): boolean {
    return this.dead;
  }

  /** The process dies at its port call after the next `calls` ones; `died` is told when it does. */
  arm(calls: number, died: () => void = () => undefined): void {
    this.left = calls;
    this.died = died;
  }

  /** It does not die after all. */
  disarm(): void {
    this.left = null;
  }

  /** Throws Killed where the process is dead, or dies here. */
  point(): void {
    if (!this.dead && this.left !== null) {
      this.dead = this.left === 0;
      this.left -= 1;
      if (this.dead) this.died();
    }
    if (this.dead) throw new Killed('killed between two effects');
  }

  disk(disk: Disk): Disk {
    return {
      append: (records: readonly LogRecord[]) => {
        this.point();
        disk.append(records);
      },
      sync: (done) => {
        this.point();
        disk.sync(done);
      },
      cut: (upTo) => {
        this.point();
        disk.cut(upTo);
      },
    };
  }

  transport(transport: Transport): Transport {
    return {
      send: (to: Member, frame: Frame) => {
        this.point();
        return transport.send(to, frame);
      },
    };
  }

  machine(machine: StateMachine): StateMachine {
    return {
      read: (op) => machine.read(op),
      apply: (slot: Slot, value: Value) => {
        this.point();
        return machine.apply(slot, value);
      },
      snapshot: () => machine.snapshot(),
      restore: () => machine.restore(),
    };
  }

  /** A process may die before each call, and after the file got its name and before anything says so. */
  snapshots(store: SnapshotStore): SnapshotStore {
    const at = <T>(run: () => T): T => {
      this.point();
      return run();
    };
    const file = (aside: SnapshotFile): SnapshotFile => ({
      get bytes() {
        return aside.bytes;
      },
      part: (bytes) => at(() => aside.part(bytes)),
      parts: () => aside.parts(),
      sync: (done) => at(() => aside.sync(done)),
      publish: () => {
        const handle = at(() => aside.publish());
        this.point();
        return handle;
      },
      abandon: () => at(() => aside.abandon()),
    });
    return {
      write: (begun) => at(() => file(store.write(begun))),
      receive: (handle) => at(() => file(store.receive(handle))),
      read: (id, offset, length) => store.read(id, offset, length),
      size: (id) => store.size(id),
      prune: (given) => at(() => store.prune(given)),
    };
  }

  /** Calls of the trace are no points, or a run without traces would be another one. */
  trace(sink: TraceSink): TraceSink {
    return {
      write: (line) => sink.write(line),
      flush: () => {
        if (this.dead) throw new Killed('killed between two effects');
        sink.flush();
      },
    };
  }

  /** An answer that a dead process gives reaches nobody. */
  reply<A>(reply: (answer: A) => void): (answer: A) => void {
    return (answer) => {
      if (this.dead) return;
      this.point();
      reply(answer);
    };
  }
}
