import type { CreateEvent, PowerLevels } from '@palabre/protocol';
import { z } from 'zod';
import { isOutOfSight, MatrixError, matrixPath, statePath } from '../appservice/index.ts';
import type { Inbox, MatrixClient } from '../appservice/index.ts';
import type { IsJoined } from './joined.ts';

/** What the watcher sees of a room's rules. */
export interface RoomRules {
  readonly create: CreateEvent;
  readonly powerLevels: PowerLevels | undefined;
  readonly encrypted: boolean;
  /** The room was upgraded: its successor is where people meet now. */
  readonly tombstone: Tombstone | undefined;
}

/** The end of a room. `successor` is undefined where the event names no room that could be gone to. */
export interface Tombstone {
  readonly successor: string | undefined;
}

/** The whole create event, not its content alone. */
export const createEventSchema = z.object({
  sender: z.string(),
  content: z.object({
    room_version: z.string().exactOptional(),
    creator: z.string().exactOptional(),
    additional_creators: z.array(z.string()).exactOptional(),
  }),
});
const powerLevelsSchema = z.object({
  users: z.record(z.string(), z.unknown()).exactOptional(),
  users_default: z.unknown().exactOptional(),
  invite: z.unknown().exactOptional(),
  kick: z.unknown().exactOptional(),
  redact: z.unknown().exactOptional(),
});
const tombstoneSchema = z.object({
  replacement_room: z
    .string()
    .regex(/^![!-~]{1,254}$/)
    .optional()
    .catch(undefined),
});
/** @param content of an `m.room.tombstone`. @returns undefined where it names no room that could be gone to */
export function successorNamedBy(content: unknown): string | undefined {
  return tombstoneSchema.parse(content).replacement_room;
}
const joinedMembersSchema = z.object({
  joined: z.record(z.string(), z.object({ display_name: z.string().nullish() })),
});

export interface JoinedMember {
  readonly userId: string;
  /** Display name, or the user id where there is none. */
  readonly name: string;
}

const RULE_TYPES = new Set(['m.room.create', 'm.room.power_levels', 'm.room.encryption', 'm.room.tombstone']);
/** Forgotten after this long even without an event, should one have been missed. */
const KEEP_MS = 10 * 60_000;
/** "The watcher is not in the room" is kept for so long; its own join, which we are told of, ends it at once. */
const KEEP_ABSENCE_MS = 10_000;
/** Rooms whose rules are kept. Anybody can make rooms and ask about them: beyond this the one read longest ago is forgotten. */
const MOST_KEPT = 2_000;

export interface RoomViewDeps {
  readonly client: MatrixClient;
  readonly inbox: Inbox;
  readonly watcherUserId: string;
  readonly isJoined: IsJoined;
  readonly now: () => number;
}

/** Rules of rooms, read from the homeserver when needed and forgotten when an event changes them. */
export function createRoomView({ client, inbox, watcherUserId, isJoined, now }: RoomViewDeps) {
  const cache = new Map<string, { rules: Promise<RoomRules | undefined>; untilMs: number }>();

  inbox.onArrival((event) => {
    if (event.state_key === undefined) return;
    const ownMembership = event.type === 'm.room.member' && event.state_key === watcherUserId;
    if (ownMembership || RULE_TYPES.has(event.type)) cache.delete(event.room_id);
  });

  async function optionalState(roomId: string, type: string): Promise<unknown> {
    try {
      return await client.request('GET', statePath(roomId, type));
    } catch (error) {
      if (error instanceof MatrixError && error.status === 404) return undefined;
      throw error;
    }
  }

  async function read(roomId: string): Promise<RoomRules | undefined> {
    // A homeserver still shows a former member the state at the time of leaving, so being able to read proves nothing.
    if (!(await isJoined(roomId, watcherUserId))) return undefined;
    try {
      const [create, powerLevels, encryption, tombstone] = await Promise.all([
        client.request('GET', statePath(roomId, 'm.room.create'), {
          query: { format: 'event' },
        }),
        optionalState(roomId, 'm.room.power_levels'),
        optionalState(roomId, 'm.room.encryption'),
        optionalState(roomId, 'm.room.tombstone'),
      ]);
      return {
        create: createEventSchema.parse(create),
        powerLevels: powerLevels === undefined ? undefined : powerLevelsSchema.parse(powerLevels),
        encrypted: encryption !== undefined,
        tombstone: tombstone === undefined ? undefined : { successor: successorNamedBy(tombstone) },
      };
    } catch (error) {
      if (isOutOfSight(error)) return undefined;
      throw error;
    }
  }

  return {
    /** The next question reads the room anew. */
    forget: (roomId: string): void => void cache.delete(roomId),

    /** @returns undefined when the watcher is not joined to the room */
    rules(roomId: string): Promise<RoomRules | undefined> {
      const known = cache.get(roomId);
      if (known !== undefined && known.untilMs > now()) return known.rules;
      const rules = read(roomId);
      const entry = { rules, untilMs: now() + KEEP_MS };
      // Taken out first: a map keeps the place of a key that is only set anew.
      cache.delete(roomId);
      cache.set(roomId, entry);
      const [oldest] = cache.keys();
      if (cache.size > MOST_KEPT && oldest !== undefined) cache.delete(oldest);
      const forget = () => {
        if (cache.get(roomId) === entry) cache.delete(roomId);
      };
      rules.then((value) => {
        if (value === undefined) entry.untilMs = now() + KEEP_ABSENCE_MS;
      }, forget);
      return rules;
    },

    /** Everybody joined, as the watcher sees it. @returns undefined when the watcher is not joined */
    async joinedMembers(roomId: string): Promise<readonly JoinedMember[] | undefined> {
      try {
        const answer = joinedMembersSchema.parse(
          await client.request('GET', matrixPath`/_matrix/client/v3/rooms/${roomId}/joined_members`),
        );
        return Object.entries(answer.joined).map(([userId, { display_name: name }]) => ({
          userId,
          name: name ?? userId,
        }));
      } catch (error) {
        if (isOutOfSight(error)) return undefined;
        throw error;
      }
    },
  };
}
