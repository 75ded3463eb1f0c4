import { PalabreError } from '@palabre/protocol';
import type { IdentityDirectory, IdentityRecord } from '../sfu/index.ts';
import type { Database } from '../storage/index.ts';
import type { RtcAuthTables } from './migrations.ts';

/** After the first seat without a membership; each further one doubles it. */
export const FIRST_PAUSE_MS = 30_000;
/** As long as an OpenID token lives. */
const LONGEST_PAUSE_MS = 3_600_000;

export interface ProbationDeps {
  readonly database: Database;
  readonly identities: IdentityDirectory;
  /** Has whoever is behind an identity an RTC membership under that name? undefined: cannot be known. */
  readonly hasRtcMembership: (record: IdentityRecord) => Promise<boolean | undefined>;
  /** Ends a seat and refuses its OpenID tokens from now on. */
  readonly revoke: (record: IdentityRecord) => Promise<void>;
  readonly now: () => number;
}

/** What people must show who came by a door that proves a name but not intent. */
export interface Probation {
  /** Somebody sat there without a membership: everything of that kind they hold for the room ends, and a pause begins. */
  fail(record: IdentityRecord): Promise<void>;
  /**
   * Asked before a token goes out by OpenID.
   * @throws {PalabreError} M_LIMIT_EXCEEDED in a pause, unless there is a membership now
   */
  requireFree(record: Omit<IdentityRecord, 'revoked'>): Promise<void>;
  prune(): Promise<void>;
}

/**
 * A partner's service holds OpenID tokens of our members, each good for an hour and every room. Clients ask for a token before
 * they send their membership (matrixrtc.md 1.7), so that such a token is worth a short seat; pauses that grow keep a chain of
 * them from becoming a long one.
 */
export function createProbation(deps: ProbationDeps): Probation {
  const { identities, hasRtcMembership, revoke, now } = deps;
  const db = deps.database.$extendTables<RtcAuthTables>();

  async function pause({ roomId, userId }: IdentityRecord): Promise<void> {
    const row = await db
      .selectFrom('openid_pauses')
      .select('seats')
      .where('room_id', '=', roomId)
      .where('user_id', '=', userId)
      .where('until_ms', '>', now() - LONGEST_PAUSE_MS)
      .executeTakeFirst();
    const seats = (row?.seats ?? 0) + 1;
    const until_ms = now() + Math.min(FIRST_PAUSE_MS * 2 ** (seats - 1), LONGEST_PAUSE_MS);
    await db
      .insertInto('openid_pauses')
      .values({ room_id: roomId, user_id: userId, seats, until_ms })
      .onConflict((conflict) => conflict.columns(['room_id', 'user_id']).doUpdateSet({ seats, until_ms }))
      .execute();
  }

  return {
    async fail(record) {
      // First, so that no token goes out between the looks below and their end; once for a seat that takes several tries to end.
      if (!record.revoked) await pause(record);
      await revoke(record);
      for (const other of await identities.of(record.roomId, record.userId)) {
        // Tokens fetched in advance for other devices are no second, third … try.
        if (other.identity === record.identity || other.revoked) continue;
        if ((await hasRtcMembership(other)) !== false) continue;
        if (other.door === 'openid') await revoke(other);
        // Its homeserver has asked for this device: marked only, which counts for OpenID tokens alone. Its seat stays.
        else await identities.revoke(other.livekitRoom, other.identity);
      }
    },
    async requireFree(record) {
      const row = await db
        .selectFrom('openid_pauses')
        .select('until_ms')
        .where('room_id', '=', record.roomId)
        .where('user_id', '=', record.userId)
        .where('until_ms', '>', now())
        .executeTakeFirst();
      if (row === undefined || (await hasRtcMembership({ ...record, revoked: false })) === true) return;
      throw new PalabreError(
        'M_LIMIT_EXCEEDED',
        'You were in this call without taking part in it. Join again in a moment',
        { retryAfterMs: row.until_ms - now() },
      );
    },
    async prune() {
      await db
        .deleteFrom('openid_pauses')
        .where('until_ms', '<', now() - LONGEST_PAUSE_MS)
        .execute();
    },
  };
}
