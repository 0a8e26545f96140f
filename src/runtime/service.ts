/** The replica as the client port sees it. */
import type { ApiService } from '../api/service.js';
import type { Birth, Member } from '../core/types.js';
import type { Replica } from '../driver/replica.js';
import type { Store } from '../store/store.js';
import { formatAddress, parsePlace, type Place } from './addresses.js';
import { formatBirth } from './birth.js';
import { replicaOf } from './codecs.js';
import type { Address } from './tcp/outgoing.js';

export interface Addresses {
  readonly peers: ReadonlyMap<string, Address>;
  readonly clients: ReadonlyMap<string, Address>;
}

export interface ServiceSetup {
  readonly replica: Replica;
  readonly store: Store;
  readonly birth: Birth;
  readonly addresses: () => Addresses;
}

export function apiService({ replica, store, birth, addresses }: ServiceSetup): ApiService {
  return {
    submit: (operation) => new Promise((resolve) => replica.submit(operation, resolve)),
    read: (operation) => new Promise((resolve) => replica.read(operation, resolve)),
    change: (change) => new Promise((resolve) => replica.change(change, resolve)),
    handOver: (to) => new Promise((resolve) => replica.leadership.handOver(to, resolve)),
    readLocal: (operation) => store.read(operation),
    status() {
      const now = replica.status();
      const { peers, clients } = addresses();
      const { members, learners, addresses: places } = replica.membership.current();
      const addressOf = (member: Member): Place | null => {
        const text = places[member];
        return text === undefined ? null : parsePlace(text);
      };
      return {
        cell: birth.cell,
        member: now.member,
        members: [...members, ...learners.map(({ member }) => member)].sort().map((member) => {
          const name = replicaOf(member);
          const place = addressOf(member);
          return {
            member,
            name,
            peerAddress: formatted(place?.peer ?? peers.get(name)),
            clientAddress: formatted(place?.client ?? clients.get(name)),
            isLearner: !members.includes(member),
          };
        }),
        birth: formatBirth(birth),
        leader: now.leader,
        round: now.promised?.round ?? 0,
        prefix: now.prefix,
        applied: now.applied,
        epoch: now.epoch,
        revision: store.revision,
        size: store.size,
      };
    },
  };
}

function formatted(address: Address | undefined): string | null {
  return address === undefined ? null : formatAddress(address);
}
