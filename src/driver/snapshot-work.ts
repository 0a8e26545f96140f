/** What a replica does about snapshots, put together: its own, and those of others. */
import type { Effect } from '../core/step-types.js';
import type { Executor } from './executor.js';
import { Fetch } from './fetch.js';
import type { Restoring, StateMachine } from './ports.js';
import type { FoundSnapshot, ReplicaSetup } from './setup.js';
import { Snapshots, type SnapshotPorts } from './snapshots.js';

export interface SnapshotWork {
  readonly own: Snapshots;
  readonly fetch: Fetch;
  /** A first start: what was copied into the fresh directory is installed, as if a peer had sent it. */
  begin(found: FoundSnapshot | null): void;
  carryOut(effect: Extract<Effect, { readonly kind: 'restore' | 'offer' }>, executor: Executor): void;
}

/** Null where the replica has no place for snapshots. */
export function snapshotWork(
  { ports, options }: Pick<ReplicaSetup, 'ports' | 'options'>,
  replica: Pick<SnapshotPorts, 'state' | 'running' | 'step' | 'guarded'>,
): SnapshotWork | null {
  const { clock, disk, machine, transport, snapshots: store } = ports;
  if (store === undefined) return null;
  const given = { clock, disk, machine, store, options, ...replica, given: () => fetch.given() };
  const own = new Snapshots(given);
  const fetch: Fetch = new Fetch(
    { ...given, send: (to, part) => void transport.send(to, { kind: 'snapshot', part }) },
    own.counts,
  );
  return {
    own,
    fetch,
    begin: (found) => {
      if (found !== null) fetch.installCopy(found.handle, readFound(found, machine));
    },
    carryOut: (effect, executor) => {
      if (effect.kind === 'offer') fetch.offer(effect.to, effect.snapshot);
      else executor.restore(effect.snapshot, fetch.installed());
    },
  };
}

/** The state that a start begins at. */
export function restoreFound({ ports, snapshot: found }: Pick<ReplicaSetup, 'ports' | 'snapshot'>): void {
  if (found === undefined || found === null) return;
  readFound(found, ports.machine).done(found.handle.upTo);
}

function readFound(found: FoundSnapshot, machine: StateMachine): Restoring {
  const restoring = machine.restore();
  for (const part of found.parts()) restoring.part(part);
  return restoring;
}
