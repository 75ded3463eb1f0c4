import type { Rights } from '@palabre/protocol';
import type { Inbox, MatrixClient } from '../appservice/index.ts';
import type { Metrics } from '../operations/index.ts';
import { createJoined } from './joined.ts';
import type { IsJoined } from './joined.ts';
import { rightsFrom } from './rights.ts';
import type { Bots } from './rights.ts';
import { createRoomView } from './room-view.ts';
import type { JoinedMember, RoomRules } from './room-view.ts';

export type { JoinedMember, RoomRules } from './room-view.ts';
export type { IsJoined } from './joined.ts';
export { rightsFrom } from './rights.ts';

/** Who is in a room and with which power. It never guesses: no answer is an error, and callers treat it as no. */
export interface Membership {
  /** Joined at this moment, asked at the homeserver. @throws {PalabreError} PALABRE_UPSTREAM_UNAVAILABLE */
  readonly isJoined: IsJoined;
  /** The same, waiting a moment for a join that is on its way. */
  readonly isJoinedSoon: IsJoined;
  readonly watcherJoined: (roomId: string) => Promise<boolean>;
  /** Create event, power levels, encryption. @returns undefined when the watcher is not in the room */
  readonly rules: (roomId: string) => Promise<RoomRules | undefined>;
  readonly rightsOf: (roomId: string, userId: string) => Promise<Rights>;
  readonly joinedMembers: (roomId: string) => Promise<readonly JoinedMember[] | undefined>;
}

export interface MembershipDeps extends Bots {
  readonly client: MatrixClient;
  readonly inbox: Inbox;
  readonly serverName: string;
  readonly metrics: Metrics;
  readonly now: () => number;
}

export function createMembership(deps: MembershipDeps): Membership {
  const { isJoined, isJoinedSoon } = createJoined(deps);
  const view = createRoomView({ ...deps, isJoined });
  return {
    isJoined,
    isJoinedSoon,
    watcherJoined: (roomId) => isJoined(roomId, deps.watcherUserId),
    rules: (roomId) => view.rules(roomId),
    async rightsOf(roomId, userId) {
      return rightsFrom(await view.rules(roomId), userId, deps);
    },
    joinedMembers: (roomId) => view.joinedMembers(roomId),
  };
}
