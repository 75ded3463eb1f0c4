import { PalabreError } from '@palabre/protocol';
import type { Rights } from '@palabre/protocol';
import type { Inbox, MatrixClient } from '../appservice/index.ts';
import type { Metrics } from '../operations/index.ts';
import type { DomainPolicy } from './domain-policy.ts';
import { createJoined, unanswered } from './joined.ts';
import type { IsJoined } from './joined.ts';
import { rightsFrom } from './rights.ts';
import type { Bots } from './rights.ts';
import { createRoomView } from './room-view.ts';
import type { JoinedMember, RoomRules, Tombstone } from './room-view.ts';
import { createSucceeds } from './successor.ts';
import type { Upgrade } from './successor.ts';

export { createDomainPolicy } from './domain-policy.ts';
export type { DomainPolicy, OtherServer, Standing } from './domain-policy.ts';
export { readersOf } from './history.ts';
export type { Readers } from './history.ts';
export { createJoined } from './joined.ts';
export { createEventSchema, successorNamedBy } from './room-view.ts';
export type { Tombstone } from './room-view.ts';
export { createSucceeds } from './successor.ts';
export type { Upgrade } from './successor.ts';

/** Who is in a room and with which power. It never guesses: no answer is an error, and callers treat it as no. */
export interface Membership {
  /** Joined at this moment, asked at the homeserver. @throws {PalabreError} PALABRE_UPSTREAM_UNAVAILABLE */
  readonly isJoined: IsJoined;
  /** May be in a call there now: joined, and of a server that policy lets in, into a room like this one. */
  readonly mayBeIn: IsJoined;
  /** Joined, waiting a moment for a join that is on its way. */
  readonly isJoinedSoon: IsJoined;
  readonly watcherJoined: (roomId: string) => Promise<boolean>;
  /** Create event, power levels, encryption. @returns undefined when the watcher is not in the room */
  readonly rules: (roomId: string) => Promise<RoomRules | undefined>;
  /** Was the room upgraded to another one? Unknown, so undefined, where the watcher is not in the room. */
  readonly tombstoneOf: (roomId: string) => Promise<Tombstone | undefined>;
  /** Does the new room's create event name the old one? @returns undefined where neither bot can read the new room */
  readonly succeeds: (upgrade: Upgrade) => Promise<boolean | undefined>;
  /** @returns undefined when the watcher is not in the room and so cannot know */
  readonly isEncrypted: (roomId: string) => Promise<boolean | undefined>;
  readonly rightsOf: (roomId: string, userId: string) => Promise<Rights>;
  /** The same, read anew from the homeserver: for what must not rest on an event that may still be on its way to us. */
  readonly rightsNow: (roomId: string, userId: string) => Promise<Rights>;
  readonly joinedMembers: (roomId: string) => Promise<readonly JoinedMember[] | undefined>;
}

export interface MembershipDeps extends Bots {
  readonly client: MatrixClient;
  readonly inbox: Inbox;
  readonly serverName: string;
  readonly policy: DomainPolicy;
  /** Is it a direct message, which the watcher declined to enter? */
  readonly isDirect: (roomId: string) => Promise<boolean>;
  readonly metrics: Metrics;
  readonly now: () => number;
}

export function createMembership(deps: MembershipDeps): Membership {
  const { policy } = deps;
  const { isJoined, isJoinedSoon } = createJoined(deps);
  const view = createRoomView({ ...deps, isJoined });
  const rules: Membership['rules'] = async (roomId) => {
    try {
      return await view.rules(roomId);
    } catch (error) {
      throw error instanceof PalabreError ? error : unanswered(error);
    }
  };
  const isEncrypted: Membership['isEncrypted'] = async (roomId) => (await rules(roomId))?.encrypted;
  const rightsOf: Membership['rightsOf'] = async (roomId, userId) => {
    const known = await rules(roomId);
    const direct = known === undefined && (await deps.isDirect(roomId));
    const rights = rightsFrom(known, userId, deps);
    const { class: serverClass, rules: classRules } = policy.of(userId);
    return {
      ...rights,
      direct,
      may_record: rights.may_record && classRules.record,
      may_transcribe: rights.may_transcribe && classRules.record,
      may_caption: rights.may_caption && classRules.captions,
      // Whom we let in is for our own people to say, whatever power somebody has in the room.
      may_admit: rights.may_admit && serverClass === 'own',
    };
  };
  return {
    isJoined,
    isJoinedSoon,
    mayBeIn: async (roomId, userId) => {
      const standing = policy.of(userId);
      if (!standing.rules.enter || !(await isJoined(roomId, userId))) return false;
      return !standing.encryptedRoomsOnly || (await isEncrypted(roomId)) === true;
    },
    watcherJoined: (roomId) => isJoined(roomId, deps.watcherUserId),
    rules,
    tombstoneOf: async (roomId) => (await rules(roomId))?.tombstone,
    succeeds: createSucceeds(deps),
    isEncrypted,
    rightsOf,
    rightsNow: (roomId, userId) => {
      view.forget(roomId);
      return rightsOf(roomId, userId);
    },
    joinedMembers: (roomId) => view.joinedMembers(roomId),
  };
}
