import { createHash, randomBytes } from 'node:crypto';
import type { ApiSession } from '@palabre/protocol';
import { PalabreError } from '@palabre/protocol';
import type { Database } from '../storage/index.ts';
import type { RtcAuthTables, SessionScope } from './migrations.ts';

const LIFETIME_MS = 3_600_000;

/** Who speaks through an `/api` session. Being joined is asked again at every request. */
export interface SessionOwner {
  readonly userId: string;
  readonly deviceId: string;
  readonly roomId: string;
}

export interface Sessions {
  /** @param scope without it, all of `/api` */
  create(owner: SessionOwner, scope?: SessionScope): Promise<ApiSession>;
  /** @throws {PalabreError} M_UNKNOWN_TOKEN */
  readonly owner: (token: string) => Promise<SessionOwner>;
  /** Of any session that may read what is kept of the room's meetings. @throws {PalabreError} M_UNKNOWN_TOKEN */
  readonly reader: (token: string) => Promise<SessionOwner>;
  prune(): Promise<void>;
}

/** Sessions for `/api`: opaque, given out by the homeserver door only, stored as hashes. */
export function createSessions(database: Database, now: () => number): Sessions {
  const db = database.$extendTables<RtcAuthTables>();
  const hash = (token: string) => createHash('sha256').update(token).digest('base64url');

  async function find(token: string, scopes: readonly SessionScope[]): Promise<SessionOwner> {
    const row = await db
      .selectFrom('api_sessions')
      .select(['user_id', 'device_id', 'room_id'])
      .where('token_hash', '=', hash(token))
      .where('expires_ms', '>', now())
      .where('scope', 'in', scopes)
      .executeTakeFirst();
    if (row === undefined) throw new PalabreError('M_UNKNOWN_TOKEN', 'This session has ended. Join the call again');
    return { userId: row.user_id, deviceId: row.device_id, roomId: row.room_id };
  }

  return {
    async create(owner, scope = 'api') {
      const token = randomBytes(32).toString('base64url');
      await db
        .insertInto('api_sessions')
        .values({
          token_hash: hash(token),
          user_id: owner.userId,
          device_id: owner.deviceId,
          room_id: owner.roomId,
          expires_ms: now() + LIFETIME_MS,
          scope,
        })
        .execute();
      return { token, expires_in_ms: LIFETIME_MS };
    },
    owner: (token) => find(token, ['api']),
    reader: (token) => find(token, ['api', 'reading']),
    async prune() {
      await db.deleteFrom('api_sessions').where('expires_ms', '<', now()).execute();
    },
  };
}
