/**
 * The atlas of faults: why a whole cell can repair each kind that a seed may draw. The simulation injects
 * nothing else: where a cell cannot repair what was done to it, a failed run would prove nothing.
 *
 * Today this is a table and no more. No fault takes a synced record, and members may come back at any time,
 * so that all of them may be hit at once, as often as one likes. A fault that destroys what is synced (rot,
 * an emptied disk, a sync that lies) may hit a minority of the copies only, and has to be asked for here.
 */
import type { KnobName } from './knobs.js';

const LINK = 'the link is mended; what was lost on it is sent again';
const RESTART = 'the process starts again with all that was synced; nothing that left rests on the rest';
const STOPPED = 'the process goes on, with all that it had; the others do without it meanwhile';

/** By the knob that says whether or how often something is broken. */
export const ATLAS = {
  lossPerMille: 'heartbeats and timeouts send again what was lost',
  duplicatePerMille: 'handling a message twice changes nothing; each request is taken once',
  reorder: 'a message means the same at any time: it names its ballot and its slot',
  tailPerMille: 'a late message is an old one: it is below the promise, or is known already',
  partitions: LINK,
  isolations: LINK,
  oneWayCuts: LINK,
  partialMeshes: LINK,
  cloggedLinks: 'the link is mended; what was held on it arrives late',
  crashes: RESTART,
  effectCrashes: RESTART,
  massCrashes: `${RESTART}; all have it again`,
  pauses: STOPPED,
  slowdowns: STOPPED,
  slowSyncs: 'votes come late, those of others suffice; the disk is fast again',
  failedSyncs: `the process ends at once, retries nothing and reads the log anew: ${RESTART}`,
  fullDisks: `the process ends at once and starts again when there is room: ${RESTART}`,
  driftPerMille: 'clocks decide when something is tried, never what is right; the drift has a bound',
  clockJumps: 'a timer fires early: a needless campaign, a request that is given up',
  suspensions: STOPPED,
  campaigns: 'the cell follows the new leader, or the old one campaigns again',
  changes: 'a change is answered once a quorum of the new members has all on its disks; only then others go',
  newMachines: 'a new machine listens until it has caught up, and no vote of it counts before',
  boosts: 'the leader proposes again under its new ballot what was open under the old one',
  handOvers: 'the lease is given up before another may lead; where it does not, the old one campaigns again',
  wildDriftPerMille:
    'no cell can: a lease rests on the declared bound, and a checker must see that it is gone',
  snapshotSlots: 'a snapshot holds all that went from the log; who lacks more than entries fetches it',
  sliceBytes: 'a snapshot that was not finished is a file aside, which the next start removes',
  chunkBytes: 'a piece that was lost is asked for again, with the next offer',
  sessionsPerMille: 'numbers change nothing of who answers; a session that is gone is opened anew',
  lostAnswersPerMille: 'the request is put again under its number, and answered with the first result',
  lateCopiesPerMille: 'a number that was executed, or whose session has ended, is executed no more',
  longSilences: 'a session that has ended is refused once; the client opens another',
  sessionLimit: 'who finds no room for a session is told so, and a session unused long enough ends',
  sessionWindow: 'a client waits until a number of its window is answered before it takes the next',
} as const satisfies Partial<Readonly<Record<KnobName, string>>>;
