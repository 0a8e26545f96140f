/**
 * Mistakes that a test may plant in the table of sessions, to show that the checkers notice them, like those
 * of src/core/faults.ts. Only tests and the simulator give a store any; each is read at one place.
 */

export interface StoreFault {
  /** The number in the list of mutants; null for a rule of the spec that is just left out. */
  readonly mutant: string | null;
  /** What the store does wrong. */
  readonly what: string;
  /** Who had this bug, or where it is described. */
  readonly source: string;
}

const fault = (mutant: string | null, what: string, source: string): StoreFault => ({ mutant, what, source });

export const STORE_FAULTS = {
  retryExecutesAgain: fault(
    'M53',
    'a number that is answered in its row is executed again',
    'etcd #18424, #14890',
  ),
  sessionRowNotKept: fault(
    null,
    'a row keeps its last answer only: the numbers before count as new',
    'broken-sessions-last-answer',
  ),
  belowExecuted: fault(
    null,
    'a row goes back to the low of the command: what was trimmed counts as new',
    'broken-sessions-low-back',
  ),
  unknownSessionOpened: fault(
    null,
    'a command of an unknown session makes a row for it',
    'broken-sessions-unknown-client',
  ),
  lastNumberOnly: fault(
    null,
    'a number below the newest one of its row counts as trimmed',
    'broken-sessions-last-number; Raft dissertation, 6.3',
  ),
  lowIgnored: fault(null, 'a row is never trimmed, and its window stays', 'broken-sessions-first-low'),
  sessionNameReused: fault(
    null,
    'a session is named by how many there are, not by its place in the log',
    'broken-sessions-own-name',
  ),
  retryGetsNewest: fault(
    null,
    'a retry is answered with the newest answer of its row',
    'broken-sessions-new-answer',
  ),
  sessionsNotInSnapshot: fault(
    'M37',
    'a snapshot holds no sessions: after it their requests are those of unknown ones',
    'redisraft #568; atomix #1101',
  ),
  aboveExecuted: fault(
    null,
    'a number above the window is executed, and the row grows',
    'broken-sessions-above',
  ),
  evictionInUse: fault(
    null,
    'an eviction ends a session that was used again since its maker looked',
    'DIVERGENCES.md: an eviction names the last use that it rests on',
  ),
  evictionByOwnClock: fault(
    'M54',
    'a replica ends sessions that its own clock calls silent, where it executes a request',
    'openziti #4088; nomad #13725; copycat #40; etcd #7320',
  ),
  evictionByCount: fault(
    'M54',
    'a replica ends sessions where it executes an open, by a limit of its own',
    'openziti #4088; nomad #13725; copycat #40; etcd #7320',
  ),
} as const satisfies Readonly<Record<string, StoreFault>>;

export type StoreFaultName = keyof typeof STORE_FAULTS;
export type StoreFaults = Readonly<Record<StoreFaultName, boolean>>;

export const STORE_FAULT_NAMES = Object.keys(STORE_FAULTS) as readonly StoreFaultName[];

export const NO_STORE_FAULTS = Object.fromEntries(
  STORE_FAULT_NAMES.map((name) => [name, false]),
) as StoreFaults;
