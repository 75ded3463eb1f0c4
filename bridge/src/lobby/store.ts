import type { Database } from '../storage/index.ts';
import type { LobbyState, LobbyTables } from './migrations.ts';

/** One person in one Matrix room. */
export interface Person {
  readonly roomId: string;
  readonly userId: string;
}

/** Where somebody stands in a room's lobby. */
export interface Entry extends Person {
  readonly state: LobbyState;
  readonly sinceMs: number;
  readonly decidedBy: string | undefined;
  readonly noticeId: string | undefined;
}

/** A message in the room that names people who wait. */
export interface Notice {
  readonly id: string;
  /** Absent until it was sent. */
  readonly eventId: string | undefined;
  /** As it reads in the room. */
  readonly said: string;
}

/** Whoever does not ask again has gone; long enough for a person whose client does not ask by itself. */
const WAITING_KEPT_MS = 5 * 60_000;
/** So long after they last asked, whoever hung up is still known, and comes back without a new message. */
const GONE_KEPT_MS = 60_000;
/** After this, whoever was turned away may ask again. */
const TURNED_AWAY_MS = 10 * 60_000;
/** An admission for which no meeting came. */
const ADMITTED_KEPT_MS = 3_600_000;

const DECIDED: LobbyState[] = ['admitted', 'turned_away'];
/** Whoever was let in, or hung up, can still be turned away; to be let in they must be there and ask. */
const decidable = (admit: boolean): LobbyState[] => (admit ? ['waiting'] : ['waiting', 'gone', 'admitted']);
const COLUMNS = ['room_id', 'user_id', 'state', 'since_ms', 'decided_by', 'notice_id'] as const;
type Row = Pick<LobbyTables['lobby_people'], (typeof COLUMNS)[number]>;

const entryOf = (row: Row): Entry => ({
  roomId: row.room_id,
  userId: row.user_id,
  state: row.state,
  sinceMs: row.since_ms,
  decidedBy: row.decided_by ?? undefined,
  noticeId: row.notice_id ?? undefined,
});

/** Who waits, who was let in and who was turned away, over restarts. */
export function createStore(database: Database, now: () => number) {
  const db = database.$extendTables<LobbyTables>();
  const one = ({ roomId, userId }: Person) =>
    db.selectFrom('lobby_people').select(COLUMNS).where('room_id', '=', roomId).where('user_id', '=', userId);

  return {
    async find(person: Person): Promise<Entry | undefined> {
      const row = await one(person).executeTakeFirst();
      return row === undefined ? undefined : entryOf(row);
    },

    /** Somebody asks to be let in. A decision that stands is not touched. @returns whether they had not been waiting */
    async ask({ roomId, userId }: Person): Promise<boolean> {
      const fresh = await db
        .insertInto('lobby_people')
        .values({
          room_id: roomId,
          user_id: userId,
          state: 'waiting',
          since_ms: now(),
          asked_ms: now(),
          decided_by: null,
          decided_ms: null,
          notice_id: null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('user_id')
        .executeTakeFirst();
      if (fresh !== undefined) return true;
      const back = await db
        .updateTable('lobby_people')
        .set({ state: 'waiting', asked_ms: now() })
        .where('room_id', '=', roomId)
        .where('user_id', '=', userId)
        .where('state', '=', 'gone')
        .executeTakeFirst();
      if (back.numUpdatedRows > 0n) return true;
      await db
        .updateTable('lobby_people')
        .set({ asked_ms: now() })
        .where('room_id', '=', roomId)
        .where('user_id', '=', userId)
        .execute();
      return false;
    },

    /** Of these, whose state a decision would change. */
    async undecided(roomId: string, userIds: readonly string[], admit: boolean): Promise<readonly string[]> {
      if (userIds.length === 0) return [];
      const rows = await db
        .selectFrom('lobby_people')
        .select('user_id')
        .where('room_id', '=', roomId)
        .where('user_id', 'in', userIds)
        .where('state', 'in', decidable(admit))
        .orderBy('since_ms')
        .execute();
      return rows.map((row) => row.user_id);
    },

    /** @returns those whose state this changed */
    async decide(roomId: string, userIds: readonly string[], admit: boolean, by: string): Promise<readonly string[]> {
      if (userIds.length === 0) return [];
      const rows = await db
        .updateTable('lobby_people')
        .set({ state: admit ? 'admitted' : 'turned_away', decided_by: by, decided_ms: now() })
        .where('room_id', '=', roomId)
        .where('user_id', 'in', userIds)
        .where('state', 'in', decidable(admit))
        .returning('user_id')
        .execute();
      return rows.map((row) => row.user_id);
    },

    /** They hung up without an answer. @returns whether they had been waiting */
    async withdraw({ roomId, userId }: Person): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable('lobby_people')
        .set({ state: 'gone' })
        .where('room_id', '=', roomId)
        .where('user_id', '=', userId)
        .where('state', '=', 'waiting')
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** @returns whether there was such an entry */
    async forget({ roomId, userId }: Person): Promise<boolean> {
      const { numDeletedRows } = await db
        .deleteFrom('lobby_people')
        .where('room_id', '=', roomId)
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },

    /**
     * A decision is good for one meeting. Whoever waits goes on waiting.
     * @param beforeMs only decisions made before then
     */
    async meetingEnded(roomId: string, beforeMs?: number): Promise<void> {
      await db
        .deleteFrom('lobby_people')
        .where('room_id', '=', roomId)
        .where('state', 'in', DECIDED)
        .$if(beforeMs !== undefined, (query) => query.where('decided_ms', '<', beforeMs ?? 0))
        .execute();
    },

    /** Rooms with somebody who was let in or turned away. */
    async decidedRooms(): Promise<readonly string[]> {
      const rows = await db
        .selectFrom('lobby_people')
        .select('room_id')
        .where('state', 'in', DECIDED)
        .distinct()
        .execute();
      return rows.map((row) => row.room_id);
    },

    /** Everybody whom a message names. */
    async named(noticeId: string): Promise<readonly Entry[]> {
      const rows = await db
        .selectFrom('lobby_people')
        .select(COLUMNS)
        .where('notice_id', '=', noticeId)
        .orderBy('since_ms')
        .execute();
      return rows.map(entryOf);
    },

    /** Gives everybody in a room who waits and is not named yet to one new message. */
    async name(roomId: string, noticeId: string): Promise<void> {
      await db.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('lobby_people')
          .set({ notice_id: noticeId })
          .where('room_id', '=', roomId)
          .where('state', '=', 'waiting')
          .where('notice_id', 'is', null)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return;
        await trx
          .insertInto('lobby_notices')
          .values({ id: noticeId, room_id: roomId, event_id: null, said: '' })
          .execute();
      });
    },

    async notices(roomId: string): Promise<readonly Notice[]> {
      const rows = await db.selectFrom('lobby_notices').selectAll().where('room_id', '=', roomId).execute();
      return rows.map((row) => ({ id: row.id, eventId: row.event_id ?? undefined, said: row.said }));
    },

    async said(noticeId: string, eventId: string, text: string): Promise<void> {
      await db.updateTable('lobby_notices').set({ event_id: eventId, said: text }).where('id', '=', noticeId).execute();
    },

    async closeNotice(noticeId: string): Promise<void> {
      await db.deleteFrom('lobby_notices').where('id', '=', noticeId).execute();
    },

    async waiting(roomId: string): Promise<readonly Entry[]> {
      const rows = await db
        .selectFrom('lobby_people')
        .select(COLUMNS)
        .where('room_id', '=', roomId)
        .where('state', '=', 'waiting')
        .orderBy('since_ms')
        .execute();
      return rows.map(entryOf);
    },

    /** Rooms with somebody waiting, or with a message that may have to be changed. */
    async rooms(): Promise<readonly string[]> {
      const people = await db
        .selectFrom('lobby_people')
        .select('room_id')
        .where('state', '=', 'waiting')
        .distinct()
        .execute();
      const notices = await db.selectFrom('lobby_notices').select('room_id').distinct().execute();
      return [...new Set([...people, ...notices].map((row) => row.room_id))];
    },

    /**
     * Forgets who has gone and what is too old.
     * @param meetingRuns admissions for a meeting that goes on stand
     * @returns rooms in which somebody waits no longer
     */
    async prune(meetingRuns: (roomId: string) => boolean): Promise<readonly string[]> {
      const gone = await db
        .deleteFrom('lobby_people')
        .where((eb) =>
          eb.or([
            eb('state', '=', 'waiting').and('asked_ms', '<', now() - WAITING_KEPT_MS),
            eb('state', '=', 'gone').and('asked_ms', '<', now() - GONE_KEPT_MS),
          ]),
        )
        .returning('room_id')
        .execute();
      await db
        .deleteFrom('lobby_people')
        .where('state', '=', 'turned_away')
        .where('decided_ms', '<', now() - TURNED_AWAY_MS)
        .execute();
      const old = await db
        .selectFrom('lobby_people')
        .select('room_id')
        .distinct()
        .where('state', '=', 'admitted')
        .where('decided_ms', '<', now() - ADMITTED_KEPT_MS)
        .execute();
      for (const { room_id: roomId } of old) if (!meetingRuns(roomId)) await this.meetingEnded(roomId);
      return [...new Set(gone.map((row) => row.room_id))];
    },
  };
}
export type Store = ReturnType<typeof createStore>;
