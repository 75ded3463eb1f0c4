import { randomUUID } from 'node:crypto';
import { CALL_SLOT, livekitRoomName } from '@palabre/protocol';
import { sql } from 'kysely';
import type { Artefacts, Deletable } from '../governance/index.ts';
import type { Log, Metrics } from '../operations/index.ts';
import type { LivePerson } from '../sfu/index.ts';
import type { Database } from '../storage/index.ts';
import type { MeetingsTables } from './migrations.ts';

/** One call of a room, from the first person to come to the last to leave. */
export interface Meeting {
  readonly id: string;
  readonly roomId: string;
  readonly livekitRoom: string;
  readonly startedMs: number;
}

export interface Attendance {
  readonly userId: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Somebody who is there now, on one device or several. */
export interface Presence {
  readonly userId: string;
  /** Time in this meeting so far; see {@link BREAK_MS}. */
  readonly presentMs: number;
  readonly seats: readonly LivePerson[];
}

export interface Meetings {
  /** Who was in which meeting that is over, and when. */
  readonly artefacts: Artefacts;
  readonly deletable: Deletable;
  /** Running meeting of a room. */
  current(roomId: string): Meeting | undefined;
  /** Which of these run or are remembered. */
  known(meetingIds: readonly string[]): Promise<readonly string[]>;
  /** When the last meeting of a room that is over ended; undefined: none is known. */
  lastEndedMs(roomId: string): Promise<number | undefined>;
  /** LiveKit rooms of running meetings. */
  readonly rooms: () => readonly string[];
  /** Who was there and when, over restarts, and since it was taken back; scribes are not counted. */
  attendance(meetingId: string): Promise<readonly Attendance[]>;
  onEnded(handler: (meeting: Meeting) => void): void;
  /** Told who is there whenever the SFU was looked at. */
  onPresence(handler: (meeting: Meeting, people: readonly Presence[]) => void): void;
  /** Time that somebody has spent in the meeting that runs, in ms; 0 when none runs. */
  presentMs(roomId: string, userId: string): Promise<number>;
  /** What the SFU holds; called whenever it was looked at. */
  readonly observe: (livekitRoom: string, live: readonly LivePerson[]) => void;
  /** Takes up the meetings that a former process left running. */
  resume(): Promise<void>;
  /** Resolves when everything observed so far is worked. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Everybody gone at once, with memberships standing: the SFU restarted, or a network died. Most come back. */
const GRACE_MS = 20_000;

/** Away for less than this counts as there: a reconnect, another device, a bridge that restarts while media goes on. */
const BREAK_MS = 60_000;

export interface MeetingsDeps {
  readonly database: Database;
  /** Ours, or that of another organisation: bots are no people. */
  readonly isScribe: (userId: string) => boolean;
  /** People whose RTC membership stands, as far as the watcher sees. */
  readonly rtcUsers: (roomId: string) => Promise<readonly string[]>;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => number;
}

interface Running {
  readonly meeting: Meeting;
  /** Since when nobody is there. */
  emptyMs: number | undefined;
}

export function createMeetings({ database, isScribe, rtcUsers, log, metrics, now }: MeetingsDeps): Meetings {
  const db = database.$extendTables<MeetingsTables>();
  const running = new Map<string, Running>();
  const handlers: ((meeting: Meeting) => void)[] = [];
  const presenceHandlers: ((meeting: Meeting, people: readonly Presence[]) => void)[] = [];
  const turns = new Map<string, Promise<void>>();

  async function start(livekitRoom: string, roomId: string): Promise<Running> {
    const meeting: Meeting = { id: randomUUID(), roomId, livekitRoom, startedMs: now() };
    await db
      .insertInto('meetings')
      .values({
        id: meeting.id,
        room_id: roomId,
        livekit_room: livekitRoom,
        started_ms: meeting.startedMs,
        ended_ms: null,
        deleted_ms: null,
      })
      .execute();
    const entry: Running = { meeting, emptyMs: undefined };
    running.set(livekitRoom, entry);
    metrics.meetings.set(running.size);
    log.logger.info({ meeting: meeting.id, room: log.hash(roomId) }, 'a meeting started');
    return entry;
  }

  async function end({ meeting }: Running): Promise<void> {
    await db.updateTable('meetings').set({ ended_ms: now() }).where('id', '=', meeting.id).execute();
    await db.deleteFrom('meetings').where('id', '=', meeting.id).where('deleted_ms', 'is not', null).execute();
    running.delete(meeting.livekitRoom);
    metrics.meetings.set(running.size);
    log.logger.info({ meeting: meeting.id, room: log.hash(meeting.roomId) }, 'a meeting ended');
    for (const handler of handlers) handler(meeting);
  }

  /** @returns time in the meeting so far, by user id */
  async function attend(meetingId: string, users: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (users.length === 0) return new Map();
    const atMs = now();
    const sinceLast = sql<number>`${atMs}::bigint - meeting_people.last_ms`;
    const rows = await db
      .insertInto('meeting_people')
      .values(
        users.map((userId) => ({
          meeting_id: meetingId,
          user_id: userId,
          first_ms: atMs,
          last_ms: atMs,
          present_ms: 0,
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(['meeting_id', 'user_id']).doUpdateSet({
          last_ms: atMs,
          present_ms: sql<number>`meeting_people.present_ms + case when ${sinceLast} between 0 and ${BREAK_MS} then ${sinceLast} else 0 end`,
        }),
      )
      .returning(['user_id', 'present_ms'])
      .execute();
    return new Map(rows.map((row) => [row.user_id, row.present_ms]));
  }

  async function mayEnd(entry: Running): Promise<boolean> {
    entry.emptyMs ??= now();
    if (now() - entry.emptyMs >= GRACE_MS) return true;
    const standing = await rtcUsers(entry.meeting.roomId);
    return standing.every(isScribe);
  }

  async function work(livekitRoom: string, live: readonly LivePerson[]): Promise<void> {
    const seats = live.filter(
      ({ record: { slotId, userId, door } }) => slotId === CALL_SLOT && !isScribe(userId) && door !== 'scribe',
    );
    const users = [...new Set(seats.map(({ record }) => record.userId))];
    const first = seats[0]?.record;
    let entry = running.get(livekitRoom);
    if (entry === undefined) {
      if (first === undefined) return;
      entry = await start(livekitRoom, first.roomId);
    }
    const { meeting } = entry;
    const spent = await attend(meeting.id, users);
    if (users.length > 0) entry.emptyMs = undefined;
    else if (await mayEnd(entry)) await end(entry);
    const people = users.map((userId) => ({
      userId,
      presentMs: spent.get(userId) ?? 0,
      seats: seats.filter(({ record }) => record.userId === userId),
    }));
    for (const handler of presenceHandlers) handler(meeting, people);
  }

  const artefacts: Artefacts = {
    rooms: async () => {
      const over = db.selectFrom('meetings').select('room_id').distinct().where('ended_ms', 'is not', null);
      return (await over.execute()).map((row) => row.room_id);
    },
    holdsBefore: async (roomId, beforeMs) => {
      const old = db.selectFrom('meetings').select('id').where('room_id', '=', roomId).where('ended_ms', '<', beforeMs);
      return (await old.limit(1).executeTakeFirst()) !== undefined;
    },
    deleteBefore: async (roomId, beforeMs) => {
      await db.deleteFrom('meetings').where('room_id', '=', roomId).where('ended_ms', '<', beforeMs).execute();
    },
  };

  return {
    artefacts,
    deletable: {
      delete: async ({ kind, meetingId }) => {
        if (kind !== 'meeting') return;
        // While it runs, limits of time are held by who was there.
        await db.updateTable('meetings').set({ deleted_ms: now() }).where('id', '=', meetingId).execute();
        await db.deleteFrom('meetings').where('id', '=', meetingId).where('ended_ms', 'is not', null).execute();
      },
    },
    current: (roomId) => running.get(livekitRoomName(roomId, CALL_SLOT))?.meeting,
    async lastEndedMs(roomId) {
      const row = await db
        .selectFrom('meetings')
        .select(({ fn }) => fn.max('ended_ms').as('ended_ms'))
        .where('room_id', '=', roomId)
        .executeTakeFirst();
      return row?.ended_ms ?? undefined;
    },
    async known(meetingIds) {
      if (meetingIds.length === 0) return [];
      const rows = await db.selectFrom('meetings').select('id').where('id', 'in', meetingIds).execute();
      return rows.map((row) => row.id);
    },
    rooms: () => [...running.keys()],
    async attendance(meetingId) {
      const rows = await db
        .selectFrom('meeting_people')
        .innerJoin('meetings', 'meetings.id', 'meeting_people.meeting_id')
        .select(['user_id', 'first_ms', 'last_ms'])
        .where('meeting_id', '=', meetingId)
        .where((eb) => eb.or([eb('deleted_ms', 'is', null), eb('last_ms', '>=', eb.ref('deleted_ms'))]))
        .orderBy('first_ms')
        .execute();
      return rows.map((row) => ({ userId: row.user_id, firstMs: row.first_ms, lastMs: row.last_ms }));
    },
    onEnded: (handler) => void handlers.push(handler),
    onPresence: (handler) => void presenceHandlers.push(handler),
    async presentMs(roomId, userId) {
      const meeting = running.get(livekitRoomName(roomId, CALL_SLOT))?.meeting;
      if (meeting === undefined) return 0;
      const row = await db
        .selectFrom('meeting_people')
        .select('present_ms')
        .where('meeting_id', '=', meeting.id)
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return row?.present_ms ?? 0;
    },
    observe(livekitRoom, live) {
      const turn = (turns.get(livekitRoom) ?? Promise.resolve())
        .then(() => work(livekitRoom, live))
        .catch((error: unknown) => {
          log.logger.error({ err: error }, 'what the SFU holds could not be worked, it is looked at again');
        })
        .finally(() => {
          if (turns.get(livekitRoom) === turn) turns.delete(livekitRoom);
        });
      turns.set(livekitRoom, turn);
    },
    async resume() {
      const rows = await db.selectFrom('meetings').selectAll().where('ended_ms', 'is', null).execute();
      for (const row of rows) {
        running.set(row.livekit_room, {
          meeting: { id: row.id, roomId: row.room_id, livekitRoom: row.livekit_room, startedMs: row.started_ms },
          emptyMs: undefined,
        });
      }
      metrics.meetings.set(running.size);
    },
    async idle() {
      while (turns.size > 0) await Promise.all(turns.values());
    },
    async close() {
      await Promise.all(turns.values());
    },
  };
}
