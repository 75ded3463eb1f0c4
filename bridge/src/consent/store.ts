import type { ConsentAnswer, ConsentLevel, ConsentPurpose } from '@palabre/protocol';
import { sql } from 'kysely';
import type { Database } from '../storage/index.ts';
import type { ConsentTables, ConsentWay } from './migrations.ts';

/** One answer, as it is kept. */
export interface StoredAnswer {
  readonly roomId: string;
  readonly meetingId: string;
  readonly userId: string;
  readonly deviceId: string | undefined;
  readonly purpose: ConsentPurpose;
  readonly answer: ConsentAnswer;
  readonly how: ConsentWay;
  readonly language: string;
  readonly textVersion: string;
  readonly eventId: string | undefined;
  readonly atMs: number;
}

const answerOf = (row: ConsentTables['consent_answers']): StoredAnswer => ({
  roomId: row.room_id,
  meetingId: row.meeting_id,
  userId: row.user_id,
  deviceId: row.device_id ?? undefined,
  purpose: row.purpose,
  answer: row.answer,
  how: row.how,
  language: row.language,
  textVersion: row.text_version,
  eventId: row.event_id ?? undefined,
  atMs: row.at_ms,
});

/** Levels and answers, over restarts. */
export function createConsentStore(database: Database) {
  const db = database.$extendTables<ConsentTables>();
  const answers = () =>
    db
      .selectFrom('consent_answers')
      .select([
        ...(['seq', 'room_id', 'meeting_id', 'user_id', 'device_id', 'purpose', 'answer', 'how'] as const),
        ...(['language', 'text_version', 'event_id', 'at_ms'] as const),
      ])
      .orderBy('seq');

  return {
    async rooms(): Promise<readonly string[]> {
      const rows = await db.selectFrom('consent_answers').select('room_id').distinct().execute();
      return rows.map((row) => row.room_id);
    },

    /** Meetings in which something was answered before that time. */
    async meetingsBefore(roomId: string, beforeMs: number): Promise<readonly string[]> {
      const old = db.selectFrom('consent_answers').where('room_id', '=', roomId).where('at_ms', '<', beforeMs);
      return (await old.select('meeting_id').distinct().execute()).map((row) => row.meeting_id);
    },

    /** What was answered in these meetings; not what they had reached. */
    async forget(meetingIds: readonly string[]): Promise<void> {
      if (meetingIds.length === 0) return;
      await db.deleteFrom('consent_answers').where('meeting_id', 'in', meetingIds).execute();
    },

    async roomLevel(roomId: string): Promise<ConsentLevel | undefined> {
      const row = await db.selectFrom('consent_rooms').select('level').where('room_id', '=', roomId).executeTakeFirst();
      return row?.level;
    },

    async setRoomLevel(roomId: string, level: ConsentLevel | undefined, by: string, nowMs: number): Promise<void> {
      if (level === undefined) {
        await db.deleteFrom('consent_rooms').where('room_id', '=', roomId).execute();
        return;
      }
      const chosen = { level, set_by: by, set_ms: nowMs };
      await db
        .insertInto('consent_rooms')
        .values({ room_id: roomId, ...chosen })
        .onConflict((conflict) => conflict.column('room_id').doUpdateSet(chosen))
        .execute();
    },

    async meetingLevel(meetingId: string): Promise<ConsentLevel | undefined> {
      const row = await db
        .selectFrom('consent_meetings')
        .select('level')
        .where('meeting_id', '=', meetingId)
        .executeTakeFirst();
      return row?.level;
    },

    /** Since when people are asked in a meeting. */
    async askedSince(meetingId: string): Promise<number | undefined> {
      const row = await db
        .selectFrom('consent_meetings')
        .select('asked_ms')
        .where('meeting_id', '=', meetingId)
        .executeTakeFirst();
      return row?.asked_ms ?? undefined;
    },

    /** Upwards only, whoever else writes at the same time. */
    async raiseMeeting(meetingId: string, roomId: string, level: ConsentLevel, nowMs: number): Promise<void> {
      const raised = { level, asked_ms: level === 'ask' ? nowMs : null };
      await db
        .insertInto('consent_meetings')
        .values({ meeting_id: meetingId, room_id: roomId, ...raised })
        .onConflict((conflict) =>
          conflict
            .column('meeting_id')
            .doUpdateSet(raised)
            .where(sql<boolean>`consent_meetings.level <> 'ask' and ${level} <> 'off'`),
        )
        .execute();
    },

    /** Answers given twice by the same event are one. */
    async add(given: readonly StoredAnswer[]): Promise<void> {
      if (given.length === 0) return;
      await sql`insert into consent_answers
        (room_id, meeting_id, user_id, device_id, purpose, answer, how, language, text_version, event_id, at_ms)
        values ${sql.join(
          given.map(
            (row) => sql`(${row.roomId}, ${row.meetingId}, ${row.userId}, ${row.deviceId ?? null}, ${row.purpose},
              ${row.answer}, ${row.how}, ${row.language}, ${row.textVersion}, ${row.eventId ?? null}, ${row.atMs})`,
          ),
        )} on conflict do nothing`.execute(db);
    },

    /** In the order in which they were given. */
    async ofMeeting(meetingId: string, userId?: string): Promise<readonly StoredAnswer[]> {
      const all = answers().where('meeting_id', '=', meetingId);
      const rows = await (userId === undefined ? all : all.where('user_id', '=', userId)).execute();
      return rows.map(answerOf);
    },

    async byEvent(roomId: string, eventId: string): Promise<readonly StoredAnswer[]> {
      const rows = await answers().where('event_id', '=', eventId).where('room_id', '=', roomId).execute();
      return rows.map(answerOf);
    },

    async ofRoom(roomId: string): Promise<readonly StoredAnswer[]> {
      return (await answers().where('room_id', '=', roomId).execute()).map(answerOf);
    },
  };
}
export type ConsentStore = ReturnType<typeof createConsentStore>;
