/** Links between the members of a simulated cell: they delay, lose, repeat and reorder frames, or are cut. */
import type { Member } from '../core/types.js';
import type { Frame, Transport } from '../driver/ports.js';
import type { SimClock } from './clock.js';
import type { SimRandom } from './random.js';

export interface NetworkOptions {
  /** One-way delay of a frame, uniform in milliseconds. */
  readonly minMs: number;
  readonly maxMs: number;
  readonly lossPerMille: number;
  readonly duplicatePerMille: number;
  /** False keeps the order of the frames of each link, as one connection does. */
  readonly reorder: boolean;
  /** So many frames of 1,000 take up to tailMs longer. */
  readonly tailPerMille: number;
  readonly tailMs: number;
}

/** Receives what arrives at a member; `start` is that of its process. */
export interface Station {
  readonly start: number;
  receive(from: Member, frame: Frame): void;
  /** The process of a member ended, and so did the connection to it. A fault of the link goes unnoticed. */
  linkBroke(to: Member): void;
}

interface Parcel {
  readonly from: Member;
  readonly to: Member;
  readonly frame: Frame;
  /** The receiver's start when it left, 0 if it was down. */
  readonly start: number;
}

export type LinkFault = 'cut' | 'held';

export class SimNetwork {
  /** `unreachable`: nobody was there to receive it; `overtaking`: arrives before one that left earlier. */
  readonly counts = {
    ...{ sent: 0, delivered: 0, lost: 0, unreachable: 0, duplicated: 0, late: 0, overtaking: 0 },
    ...{ cut: 0, held: 0 },
  };
  /** Sees each frame as it leaves its sender, whatever becomes of it. */
  observe: (from: Member, frame: Frame) => void = () => undefined;
  private readonly stations = new Map<Member, Station>();
  private readonly faults = new Map<string, LinkFault[]>();
  private readonly lastArrival = new Map<string, number>();
  private parked: Parcel[] = [];

  constructor(
    private readonly clock: SimClock,
    private readonly random: SimRandom,
    public options: NetworkOptions,
  ) {}

  attach(member: Member, station: Station): void {
    this.stations.set(member, station);
  }

  detach(member: Member): void {
    if (!this.stations.delete(member)) return;
    for (const station of this.stations.values()) station.linkBroke(member);
  }

  transport(from: Member): Transport {
    return { send: (to, frame) => this.send(from, to, frame) };
  }

  /** Breaks the link in both directions: `cut` loses frames, `held` keeps them until the link is healed. */
  fault(a: Member, b: Member, fault: LinkFault): void {
    this.break(a, b, fault);
    this.break(b, a, fault);
  }

  /**
   * Breaks one direction of a link. The result mends this fault once, and no other that the link has; what it
   * was healed of before stays healed.
   */
  break(from: Member, to: Member, fault: LinkFault): () => void {
    const link = linkName(from, to);
    const faults = this.faults.get(link) ?? [];
    this.faults.set(link, faults);
    faults.push(fault);
    let broken = true;
    return () => {
      if (!broken || this.faults.get(link) !== faults) return;
      broken = false;
      faults.splice(faults.indexOf(fault), 1);
      if (faults.length === 0) this.faults.delete(link);
      this.release();
    };
  }

  /** True while frames pass in this direction. */
  passes(from: Member, to: Member): boolean {
    return !this.faults.has(linkName(from, to));
  }

  /** Mends the link in both directions and sends what was held on it. */
  heal(a: Member, b: Member): void {
    this.faults.delete(linkName(a, b));
    this.faults.delete(linkName(b, a));
    this.release();
  }

  healAll(): void {
    this.faults.clear();
    this.release();
  }

  private release(): void {
    const parked = this.parked;
    this.parked = [];
    for (const parcel of parked) this.post(parcel);
  }

  /** What belongs to a connection is dropped where there is no process to connect to; see deliver(). */
  private send(from: Member, to: Member, frame: Frame): boolean {
    const start = this.stations.get(to)?.start ?? 0;
    this.counts.sent += 1;
    this.observe(from, frame);
    if (start === 0 && frame.kind !== 'parts') {
      this.counts.unreachable += 1;
      return false;
    }
    this.post({ from, to, frame, start });
    return true;
  }

  private post(parcel: Parcel): void {
    const fault = this.faultOf(parcel);
    if (fault === 'cut') this.counts.cut += 1;
    else if (fault === 'held') {
      this.counts.held += 1;
      this.parked.push(parcel);
    } else if (this.random.chance(this.options.lossPerMille)) this.counts.lost += 1;
    else {
      this.schedule(parcel);
      if (this.random.chance(this.options.duplicatePerMille)) {
        this.counts.duplicated += 1;
        // Half of the repetitions come when what they answer may be long over.
        this.schedule(parcel, this.random.chance(500));
      }
    }
  }

  private faultOf({ from, to }: Parcel): LinkFault | undefined {
    if (this.faults.size === 0) return undefined;
    const faults = this.faults.get(linkName(from, to));
    return faults?.includes('cut') === true ? 'cut' : faults?.[0];
  }

  private schedule(parcel: Parcel, late = false): void {
    const link = linkName(parcel.from, parcel.to);
    let arrival = this.clock.now() + this.random.integer(this.options.minMs, this.options.maxMs);
    if (this.random.chance(this.options.tailPerMille) || (late && this.options.tailMs > 0)) {
      this.counts.late += 1;
      arrival += this.random.integer(1, Math.max(1, this.options.tailMs));
    }
    const last = this.lastArrival.get(link) ?? 0;
    if (!this.options.reorder) arrival = Math.max(arrival, last);
    else if (arrival < last) this.counts.overtaking += 1;
    this.lastArrival.set(link, Math.max(arrival, last));
    this.clock.after(arrival - this.clock.now(), () => this.deliver(parcel));
  }

  /**
   * Messages of the protocol may reach a later start of their receiver. Requests and answers belong to a
   * connection: they end with the process that it led to. A link that broke meanwhile loses what is on it.
   */
  private deliver(parcel: Parcel): void {
    const fault = this.faultOf(parcel);
    if (fault !== undefined) {
      this.post(parcel);
      return;
    }
    const station = this.stations.get(parcel.to);
    if (station === undefined || (parcel.frame.kind !== 'parts' && station.start !== parcel.start)) {
      this.counts.unreachable += 1;
      return;
    }
    this.counts.delivered += 1;
    station.receive(parcel.from, parcel.frame);
  }
}

const linkName = (from: Member, to: Member): string => `${from}>${to}`;
