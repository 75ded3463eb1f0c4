/** How the bots live in rooms: invited, without power, never in direct messages, and with the room when it moves. */
import type { Inbox, MatrixClient } from '../appservice/index.ts';
import type { DomainPolicy, Membership } from '../membership/index.ts';
import type { Log } from '../operations/index.ts';
import type { RoomLanguage } from '../publishing/index.ts';
import type { DirectRooms } from './direct-rooms.ts';
import { followInvitations } from './invitations.ts';
import { renouncePower } from './power.ts';
import { createTravel } from './travels.ts';
import { followUpgrades } from './upgrades.ts';

export { createDirectRooms, residenceMigrations } from './direct-rooms.ts';

export interface ResidenceDeps {
  readonly inbox: Inbox;
  readonly client: MatrixClient;
  readonly watcherUserId: string;
  readonly scribeUserId: string;
  readonly directRooms: DirectRooms;
  readonly policy: Pick<DomainPolicy, 'admits' | 'of'>;
  readonly membership: Pick<Membership, 'watcherJoined' | 'succeeds'>;
  readonly language: RoomLanguage;
  readonly log: Log;
}

/** From now on the bots answer what happens to them and to their rooms. */
export function keepResidence(deps: ResidenceDeps): void {
  const travel = createTravel(deps.policy);
  followInvitations(deps, travel);
  followUpgrades(deps, travel);
  renouncePower(deps);
}
