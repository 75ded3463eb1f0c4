import type { MinutesMode } from '@palabre/protocol';
import type { Kysely } from 'kysely';
import type { MinutesState, MinutesTables } from './tables.ts';

/** Minutes on their way into rooms, as they survive a restart. Bodies are sealed by whoever calls. */

export interface MinutesRow {
  readonly id: string;
  readonly roomId: string;
  readonly runId: string;
  readonly meetingId: string;
  readonly meetingStartedMs: number;
  readonly state: MinutesState;
  readonly body: Uint8Array | undefined;
  readonly revision: number;
  readonly waitingMs: number | undefined;
  readonly noticeEventId: string | undefined;
}

export interface MinutesStore {
  /** As it was set in this very room. */
  mode(roomId: string): Promise<MinutesMode | undefined>;
  /** Nothing happens where something is set already. */
  inheritMode(roomId: string, from: string): Promise<void>;
  setMode(roomId: string, mode: MinutesMode, changedBy: string, nowMs: number): Promise<void>;
  /** Nothing happens if it is known. @returns whether it was new */
  add(
    row: Pick<MinutesRow, 'id' | 'roomId' | 'runId' | 'meetingId' | 'meetingStartedMs'> & {
      readonly body: Uint8Array;
      readonly createdMs: number;
    },
  ): Promise<boolean>;
  get(id: string): Promise<MinutesRow | undefined>;
  waiting(roomId: string): Promise<MinutesRow[]>;
  inState(state: MinutesState): Promise<MinutesRow[]>;
  /**
   * Moves it on, with a new body, unless somebody else was faster.
   * @param from state and revision that it must be in
   */
  move(
    id: string,
    from: Pick<MinutesRow, 'state' | 'revision'>,
    to: { readonly state: MinutesState; readonly body: Uint8Array | undefined; readonly waitingMs?: number },
  ): Promise<boolean>;
  remove(id: string): Promise<void>;
  setNotice(id: string, eventId: string): Promise<void>;
  /** Not yet posted. @param id one of them only */
  ofMeeting(meetingId: string, id: string | undefined): Promise<MinutesRow[]>;
  waitingSince(beforeMs: number): Promise<MinutesRow[]>;
  rooms(): Promise<string[]>;
  holdsBefore(roomId: string, states: readonly MinutesState[], beforeMs: number): Promise<boolean>;
  /** Not those that are being made or posted. @returns which */
  deleteBefore(roomId: string | undefined, states: readonly MinutesState[], beforeMs: number): Promise<string[]>;
}

function rowOf(row: MinutesTables['minutes_draft']): MinutesRow {
  return {
    id: row.id,
    roomId: row.room_id,
    runId: row.run_id,
    meetingId: row.meeting_id,
    meetingStartedMs: row.meeting_started_ms,
    state: row.state,
    body: row.body ?? undefined,
    revision: row.revision,
    waitingMs: row.waiting_ms ?? undefined,
    noticeEventId: row.notice_event_id ?? undefined,
  };
}

export function createMinutesStore(db: Kysely<MinutesTables>): MinutesStore {
  const drafts = () => db.selectFrom('minutes_draft').selectAll().orderBy('created_ms');
  return {
    mode: async (roomId) => {
      const row = await db.selectFrom('minutes_room').select('mode').where('room_id', '=', roomId).executeTakeFirst();
      return row?.mode;
    },
    inheritMode: async (roomId, from) => {
      const former = db.selectFrom('minutes_room').where('room_id', '=', from);
      await db
        .insertInto('minutes_room')
        .columns(['room_id', 'mode', 'changed_by', 'changed_ms'])
        .expression(former.select((eb) => [eb.val(roomId).as('room_id'), 'mode', 'changed_by', 'changed_ms']))
        .onConflict((conflict) => conflict.column('room_id').doNothing())
        .execute();
    },
    setMode: async (roomId, mode, changedBy, nowMs) => {
      const change = { mode, changed_by: changedBy, changed_ms: nowMs };
      await db
        .insertInto('minutes_room')
        .values({ room_id: roomId, ...change })
        .onConflict((conflict) => conflict.column('room_id').doUpdateSet(change))
        .execute();
    },
    add: async ({ id, roomId, runId, meetingId, meetingStartedMs, body, createdMs }) => {
      const added = await db
        .insertInto('minutes_draft')
        .values({
          id,
          room_id: roomId,
          run_id: runId,
          meeting_id: meetingId,
          meeting_started_ms: meetingStartedMs,
          state: 'making',
          body: Buffer.from(body),
          revision: 1,
          created_ms: createdMs,
          waiting_ms: null,
          notice_event_id: null,
        })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .returning('id')
        .execute();
      return added.length > 0;
    },
    get: async (id) => {
      const row = await drafts().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : rowOf(row);
    },
    waiting: async (roomId) =>
      (await drafts().where('room_id', '=', roomId).where('state', '=', 'waiting').execute()).map(rowOf),
    inState: async (state) => (await drafts().where('state', '=', state).execute()).map(rowOf),
    move: async (id, from, { state, body, waitingMs }) => {
      const moved = await db
        .updateTable('minutes_draft')
        .set((eb) => ({
          state,
          body: body === undefined ? null : Buffer.from(body),
          revision: eb('revision', '+', 1),
          ...(waitingMs === undefined ? {} : { waiting_ms: waitingMs }),
        }))
        .where('id', '=', id)
        .where('state', '=', from.state)
        .where('revision', '=', from.revision)
        .returning('id')
        .execute();
      return moved.length > 0;
    },
    remove: async (id) => {
      await db.deleteFrom('minutes_draft').where('id', '=', id).execute();
    },
    setNotice: async (id, eventId) => {
      await db.updateTable('minutes_draft').set({ notice_event_id: eventId }).where('id', '=', id).execute();
    },
    ofMeeting: async (meetingId, id) => {
      let query = drafts().where('meeting_id', '=', meetingId).where('state', '!=', 'done');
      if (id !== undefined) query = query.where('id', '=', id);
      return (await query.execute()).map(rowOf);
    },
    waitingSince: async (beforeMs) =>
      (await drafts().where('state', '=', 'waiting').where('waiting_ms', '<', beforeMs).execute()).map(rowOf),
    rooms: async () => {
      const rows = await db.selectFrom('minutes_draft').select('room_id').distinct().execute();
      return rows.map((row) => row.room_id);
    },
    holdsBefore: async (roomId, states, beforeMs) => {
      const old = drafts().where('room_id', '=', roomId).where('created_ms', '<', beforeMs);
      return (await old.where('state', 'in', states).limit(1).executeTakeFirst()) !== undefined;
    },
    deleteBefore: async (roomId, states, beforeMs) => {
      let query = db.deleteFrom('minutes_draft').where('created_ms', '<', beforeMs).where('state', 'in', states);
      if (roomId !== undefined) query = query.where('room_id', '=', roomId);
      return (await query.returning('id').execute()).map(({ id }) => id);
    },
  };
}
