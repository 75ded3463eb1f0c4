import {
  CALL_MEMBER_EVENT,
  DEVICE_ID_PATTERN,
  hashedIdentity,
  ownsCallMemberKey,
  plainIdentity,
  RTC_MEMBER_EVENT,
} from '@palabre/protocol';
import { z } from 'zod';
import { isOutOfSight, matrixPath, roomEventSchema, statePath } from '../appservice/index.ts';
import type { Inbox, MatrixClient, RoomEvent } from '../appservice/index.ts';
import type { IdentityRecord } from '../sfu/index.ts';
import type { Database } from '../storage/index.ts';
import type { MeetingsTables } from './migrations.ts';

/** How long js-sdk's state memberships last unless they say otherwise (matrixrtc.md 1.2). */
const DEFAULT_EXPIRY_MS = 14_400_000;

/** Anybody may write these events: only what the database takes is read. */
const deviceId = z.string().regex(DEVICE_ID_PATTERN);
const memberKey = z.string().regex(/^\P{Cc}{1,512}$/u);
/** Longest membership that is believed; js-sdk renews long before. */
const LONGEST_MS = 7 * 24 * 3_600_000;

const stateContent = z.object({
  device_id: deviceId,
  expires: z.int().positive().max(LONGEST_MS).optional().catch(undefined),
});
const stickyContent = z.object({
  member: z.object({ device_id: deviceId.optional(), claimed_device_id: deviceId.optional() }),
  msc4354_sticky_key: memberKey.optional(),
});
const stickyKey = z.object({ msc4354_sticky_key: memberKey });
const sealedContent = z.object({ device_id: deviceId.optional() });

/** What an event says about its sender's RTC memberships. */
export type MembershipChange =
  | { readonly kind: 'joined'; readonly key: string; readonly deviceId: string; readonly untilMs: number }
  | { readonly kind: 'left'; readonly key: string };

/**
 * Reads an event of either form (state: MSC3401 as used today; sticky: MSC4143 over MSC4354), as its sender's own word and
 * nobody else's: the homeserver does not protect state keys that begin with "_" (synapse.md 5).
 */
export function membershipChange(event: RoomEvent): MembershipChange | undefined {
  if (event.type === CALL_MEMBER_EVENT && event.state_key !== undefined) {
    if (!ownsCallMemberKey(event.sender, event.state_key)) return undefined;
    if (!memberKey.safeParse(event.state_key).success) return undefined;
    const content = stateContent.safeParse(event.content);
    if (!content.success) return { kind: 'left', key: event.state_key };
    return {
      kind: 'joined',
      key: event.state_key,
      deviceId: content.data.device_id,
      untilMs: event.origin_server_ts + (content.data.expires ?? DEFAULT_EXPIRY_MS),
    };
  }
  const lasts = event.msc4354_sticky?.duration_ms;
  if (lasts === undefined) return undefined;
  const untilMs = event.origin_server_ts + Math.min(lasts, LONGEST_MS);
  if (event.type === RTC_MEMBER_EVENT) {
    const content = stickyContent.safeParse(event.content);
    const key = stickyKey.safeParse(event.content);
    if (!content.success) return key.success ? { kind: 'left', key: key.data.msc4354_sticky_key } : undefined;
    const deviceId = content.data.member.device_id ?? content.data.member.claimed_device_id ?? '';
    return { kind: 'joined', key: content.data.msc4354_sticky_key ?? event.event_id, deviceId, untilMs };
  }
  if (event.type === 'm.room.encrypted') {
    const content = sealedContent.safeParse(event.content);
    return {
      kind: 'joined',
      key: event.event_id,
      deviceId: content.success ? (content.data.device_id ?? '') : '',
      untilMs,
    };
  }
  return undefined;
}

/** Which member a sticky event that is encrypted speaks of cannot be seen: such rows have the event's id as their key. */
const SEALED = /^\$/;

/**
 * Does a membership under this key stand for this identity? A state membership does for both names that a device of
 * compatibility mode has, a sticky one for the hash of its own member id (matrixrtc.md 1.2, 1.3, 1.7).
 */
function standsFor(key: string, { identity, userId, deviceId }: IdentityRecord): boolean {
  if (SEALED.test(key)) return true;
  const plain = plainIdentity(userId, deviceId);
  if (key === plain || ownsCallMemberKey(userId, key))
    return [plain, hashedIdentity(userId, deviceId, plain)].includes(identity);
  return identity === hashedIdentity(userId, deviceId, key);
}

export interface RtcMembersDeps {
  readonly database: Database;
  readonly client: MatrixClient;
  readonly inbox: Inbox;
  readonly watcherJoined: (roomId: string) => Promise<boolean>;
  readonly watcherUserId: string;
  /** Somebody's membership was withdrawn. */
  readonly onLeft: (roomId: string) => void;
  readonly now: () => number;
}

export interface RtcMembers {
  /** Has whoever is behind an identity an RTC membership under that name? undefined: the watcher is not in the room. */
  readonly has: (record: IdentityRecord) => Promise<boolean | undefined>;
  /** People with an RTC membership now, as far as the watcher sees. */
  readonly users: (roomId: string) => Promise<readonly string[]>;
}

export function createRtcMembers(deps: RtcMembersDeps): RtcMembers {
  const { client, inbox, watcherJoined, onLeft, now } = deps;
  const db = deps.database.$extendTables<MeetingsTables>();

  async function take(event: RoomEvent): Promise<void> {
    const change = membershipChange(event);
    if (change === undefined) return;
    if (change.kind === 'left') {
      await db
        .deleteFrom('rtc_members')
        .where('room_id', '=', event.room_id)
        .where('user_id', '=', event.sender)
        .where('member_key', '=', change.key)
        .execute();
      onLeft(event.room_id);
      return;
    }
    // Its start is the word of another server, which may lie in a distant future.
    const untilMs = Math.min(change.untilMs, now() + LONGEST_MS);
    await db
      .insertInto('rtc_members')
      .values({
        room_id: event.room_id,
        user_id: event.sender,
        member_key: change.key,
        device_id: change.deviceId,
        until_ms: untilMs,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['room_id', 'user_id', 'member_key'])
          .doUpdateSet({ device_id: change.deviceId, until_ms: untilMs }),
      )
      .execute();
    await db.deleteFrom('rtc_members').where('until_ms', '<', now()).execute();
  }

  inbox.onRoomEvent({ wants: (event) => membershipChange(event) !== undefined, handle: take });
  inbox.onRoomEvent({
    // The homeserver does not clear the membership of who was put out (synapse.md 1).
    wants: (event) => event.type === 'm.room.member' && ['leave', 'ban'].includes(String(event.content['membership'])),
    async handle({ room_id: roomId, state_key: userId }) {
      const { numDeletedRows } = await db
        .deleteFrom('rtc_members')
        .where('room_id', '=', roomId)
        .where('user_id', '=', userId ?? '')
        .executeTakeFirst();
      if (numDeletedRows > 0n) onLeft(roomId);
    },
  });
  inbox.onRoomEvent({
    // The watcher came: a call may be running already.
    wants: (event) =>
      event.type === 'm.room.member' &&
      event.state_key === deps.watcherUserId &&
      event.content['membership'] === 'join',
    async handle({ room_id: roomId }) {
      const state = z
        .array(z.unknown())
        .parse(await client.request('GET', matrixPath`/_matrix/client/v3/rooms/${roomId}/state`));
      for (const raw of state) {
        const event = roomEventSchema.safeParse({ ...z.looseObject({}).parse(raw), room_id: roomId });
        if (event.success && event.data.type === CALL_MEMBER_EVENT) await take(event.data);
      }
    },
  });

  /** A membership from before the watcher came, or whose event is still on its way. */
  async function inState(record: IdentityRecord, key: string): Promise<boolean> {
    try {
      const raw = await client.request('GET', statePath(record.roomId, CALL_MEMBER_EVENT, key), {
        query: { format: 'event' },
      });
      const event = roomEventSchema.safeParse({ ...z.looseObject({}).parse(raw), room_id: record.roomId });
      // Anybody can write this key: it counts as the word of its sender only.
      if (!event.success || event.data.sender !== record.userId) return false;
      const change = membershipChange(event.data);
      return change?.kind === 'joined' && change.deviceId === record.deviceId && change.untilMs > now();
    } catch (error) {
      if (isOutOfSight(error)) return false;
      throw error;
    }
  }

  return {
    async has(record) {
      if (!(await watcherJoined(record.roomId))) return undefined;
      const rows = await db
        .selectFrom('rtc_members')
        .select('member_key')
        .where('room_id', '=', record.roomId)
        .where('user_id', '=', record.userId)
        .where('device_id', 'in', [record.deviceId, ''])
        .where('until_ms', '>', now())
        .execute();
      if (rows.some((row) => standsFor(row.member_key, record))) return true;
      const key = `${record.userId}_${record.deviceId}_m.call`;
      for (const stateKey of [`_${key}`, key]) {
        if (standsFor(stateKey, record) && (await inState(record, stateKey))) return true;
      }
      return false;
    },
    async users(roomId) {
      const rows = await db
        .selectFrom('rtc_members')
        .select('user_id')
        .distinct()
        .where('room_id', '=', roomId)
        .where('until_ms', '>', now())
        .execute();
      return rows.map((row) => row.user_id);
    },
  };
}
