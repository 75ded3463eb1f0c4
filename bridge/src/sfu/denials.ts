import { sql } from 'kysely';
import type { Database } from '../storage/index.ts';
import type { SfuTables } from './migrations.ts';
import type { Person } from './people.ts';

const KEEP_MS = 24 * 3_600_000;

/**
 * Evictions, numbered. A connect reads a person's number before it asks for their membership and again after the SFU has
 * accepted: when it has changed, the person was put out in between, by whichever bridge.
 */
export interface Denials {
  /** Number of the person's last eviction, 0 when there was none. */
  current(person: Person): Promise<number>;
  add(person: Person): Promise<void>;
  prune(): Promise<void>;
}

export function createDenials(database: Database, now: () => number): Denials {
  const db = database.$extendTables<SfuTables>();
  return {
    async current({ roomId, userId }) {
      const row = await db
        .selectFrom('sfu_denials')
        .select('seq')
        .where('room_id', '=', roomId)
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return row?.seq ?? 0;
    },
    async add({ roomId, userId }) {
      const seq = sql<number>`nextval('sfu_denials_seq')`;
      await db
        .insertInto('sfu_denials')
        .values({ room_id: roomId, user_id: userId, seq, denied_ms: now() })
        .onConflict((conflict) => conflict.columns(['room_id', 'user_id']).doUpdateSet({ seq, denied_ms: now() }))
        .execute();
    },
    async prune() {
      await db
        .deleteFrom('sfu_denials')
        .where('denied_ms', '<', now() - KEEP_MS)
        .execute();
    },
  };
}
