/**
 * Promises: each reports every vote that its sender gave below the ballot, and a leader proposes only in a
 * ballot that a quorum promised, in each slot the value of the highest ballot that they report. This is what
 * Agreement rests on; looked at here, a mistake shows before two replicas disagree.
 */
import { compareBallots, formatBallot, isQuorum, type State } from '../../core/index.js';
import type { Accept, Message, Prepare, Promise } from '../../core/messages.js';
import type { Violation } from '../../core/scan.js';
import type { Ballot, Configuration, Member, Slot, Vote } from '../../core/types.js';
import { sameValue } from '../../core/value.js';

type Report = Pick<Promise, 'prefix'> & { readonly accepted: ReadonlyMap<Slot, Vote> };
type Disk = Pick<State, 'accepted'>;

export class PromiseCheck {
  readonly found: Violation[] = [];
  /** From which slot on each ballot asks. */
  private readonly asked = new Map<string, Slot>();
  /** Ballot -> member -> what its promises reported; one that is given again may say more. */
  private readonly reports = new Map<string, Map<Member, Report[]>>();
  private readonly proposed = new Map<string, Slot>();

  constructor(private readonly configurationOf: (slot: Slot) => Configuration) {}

  /** A message left a member whose disk holds that. */
  left(message: Message, disk: Disk): void {
    if (message.type === 'Prepare') this.prepared(message);
    else if (message.type === 'Promise') this.promised(message, disk);
    else if (message.type === 'Accept') this.accept(message);
  }

  private prepared({ ballot, first }: Prepare): void {
    this.asked.set(formatBallot(ballot), first);
  }

  private promised({ ballot, from, prefix, accepted }: Promise, disk: Disk): void {
    const text = formatBallot(ballot);
    const members = this.reports.get(text) ?? new Map<Member, Report[]>();
    this.reports.set(text, members);
    const report = { prefix, accepted: new Map(accepted) };
    members.set(from, [...(members.get(from) ?? []), report]);
    const first = Math.max(prefix + 1, this.asked.get(text) ?? 1);
    for (const [slot, vote] of disk.accepted.getRange(first, Number.POSITIVE_INFINITY)) {
      const reported = report.accepted.get(slot)?.ballot ?? null;
      if (compareBallots(vote.ballot, ballot) < 0 && compareBallots(reported, vote.ballot) < 0)
        this.say(`${from}: its Promise of ${text} leaves out its vote in slot ${slot}`);
    }
  }

  private accept(accept: Accept): void {
    const text = formatBallot(accept.ballot);
    // Slots are proposed in order; what is repeated was looked at.
    if (accept.slot <= (this.proposed.get(text) ?? 0)) return;
    this.proposed.set(text, accept.slot);
    const reports = this.reports.get(text) ?? new Map<Member, Report[]>();
    if (!isQuorum(reports.keys(), this.configurationOf(accept.slot)))
      this.say(`slot ${accept.slot} is proposed at ${text}, which no quorum promised`);
    else if (!this.allowed(accept, reports))
      this.say(`slot ${accept.slot} is proposed at ${text} with another value than its promises report`);
  }

  /** Some quorum of the promises reports that value at its highest ballot, or nothing. */
  private allowed({ slot, value }: Accept, reports: ReadonlyMap<Member, readonly Report[]>): boolean {
    const all = [...reports.values()].flat().flatMap(({ accepted }) => accepted.get(slot) ?? []);
    const highest: (Ballot | null)[] = [null];
    for (const vote of all) if (sameValue(vote.value, value)) highest.push(vote.ballot);
    return highest.some((most) => {
      const agrees = ({ prefix, accepted }: Report): boolean =>
        prefix < slot && compareBallots(accepted.get(slot)?.ballot ?? null, most) <= 0;
      const members = [...reports].filter(([, given]) => given.some(agrees)).map(([member]) => member);
      return isQuorum(members, this.configurationOf(slot));
    });
  }

  private say(what: string): void {
    if (!this.found.some((one) => one.what === what)) this.found.push({ invariant: 'ChosenOnce', what });
  }
}
