/** The replica as the client port sees it. */
import type { ApiService } from '../api/service.js';
import type { Birth } from '../core/types.js';
import type { Replica } from '../driver/replica.js';
import type { Store } from '../store/store.js';
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
    submit: (operation) => replica.request(operation),
    readLocal: (operation) => store.read(operation),
    status() {
      const now = replica.status();
      const { peers, clients } = addresses();
      return {
        cell: birth.cell,
        member: now.member,
        members: birth.members.map((member) => {
          const name = replicaOf(member);
          return {
            member,
            name,
            peerAddress: formatAddress(peers.get(name)),
            clientAddress: formatAddress(clients.get(name)),
          };
        }),
        leader: now.leader,
        round: now.promised?.round ?? 0,
        prefix: now.prefix,
        applied: now.applied,
        revision: store.revision,
        size: store.size,
      };
    },
  };
}

function formatAddress(address: Address | undefined): string | null {
  return address === undefined ? null : `${address.host}:${address.port}`;
}
