import type { Generated } from 'kysely';
import { PalabreError } from '@palabre/protocol';
import type { ScribeWork } from '@palabre/protocol';
import type { Log } from '../operations/index.ts';
import type { Database } from '../storage/index.ts';

/**
 * The audit trail: who did what, where, when, by which means, and what came of it. Rows are added and, once they are too old,
 * removed; the database refuses to change one (migrations.ts).
 */

export type AuditAction =
  | `${ScribeWork}.${'start' | 'stop' | 'pause' | 'resume'}`
  | 'recording.download'
  | `minutes.${'edit' | 'approve'}`
  | 'transcript.edit'
  | 'results.retry'
  | `${'meeting' | 'recording' | 'transcript' | 'minutes' | 'retention'}.delete`
  | `lobby.${'admit' | 'turn_away'}`
  | `consent.${'setting' | 'given' | 'refused' | 'withdrawn' | 'export'}`
  | 'room.setting'
  | 'policy.reload';

/**
 * `button`: the widget or messenger, by `/api`. `message`: an event of theirs in the room. `server`: an administrator on the machine, or
 * the bridge itself.
 */
export type AuditMeans = 'button' | 'reaction' | 'command' | 'message' | 'redaction' | 'link' | 'server';

/**
 * `accepted`: allowed, and about to be done. `refused`: by rights, policy, or because it made no sense just then. `failed`: accepted before,
 * and a fault prevented it.
 */
export type AuditOutcome = 'accepted' | 'refused' | 'failed';

export interface AuditedAction {
  readonly action: AuditAction;
  readonly means: AuditMeans;
  /** Absent: the bridge itself, or whoever has the machine. */
  readonly userId?: string | undefined;
  /** Absent: the whole deployment. */
  readonly roomId?: string | undefined;
  readonly meetingId?: string | undefined;
  /** To whom or what it was done, where the rest does not say so: a user id, or an event id. */
  readonly target?: string | undefined;
  /** Of what may come again after a crash, such as an event id: of one action with this key comes one row for each outcome. */
  readonly key?: string | undefined;
}

export interface AuditEntry extends Omit<AuditedAction, 'key'> {
  readonly atMs: number;
  readonly outcome: AuditOutcome;
  /** Stable code of a refusal. */
  readonly code: string | undefined;
}

/** What capabilities write with. Both reject when the row cannot be written: then nothing may be acknowledged. */
export interface Audit {
  /** Writes that it was accepted, does it, and writes what it failed with. */
  during<T>(action: AuditedAction, work: () => Promise<T>): Promise<T>;
  /** For what was not even begun. */
  refused(action: AuditedAction, code: string): Promise<void>;
}

/** The rule of what is written, whatever writes it. */
export function auditBy(write: (of: AuditedAction, outcome: AuditOutcome, code?: string) => Promise<void>): Audit {
  return {
    async during(action, work) {
      await write(action, 'accepted');
      try {
        return await work();
      } catch (error) {
        const known = error instanceof PalabreError;
        await write(action, known ? 'refused' : 'failed', known ? error.code : 'M_UNKNOWN');
        throw error;
      }
    },
    refused: (action, code) => write(action, 'refused', code),
  };
}

// A type, not an interface: Kysely wants an index signature.
export type GovernanceTables = {
  audit: {
    seq: Generated<number>;
    at_ms: number;
    room_id: string | null;
    meeting_id: string | null;
    user_id: string | null;
    target: string | null;
    action: string;
    means: string;
    outcome: string;
    code: string | null;
    key: string | null;
  };
};

const DAY_MS = 86_400_000;
const PRUNE_EVERY_MS = 3_600_000;

export interface AuditDeps {
  readonly database: Database;
  /** Older rows are removed; rooms' own retention does not concern them. */
  readonly keepDays: number;
  readonly log: Log;
  readonly now: () => number;
}

export interface AuditTrail extends Audit {
  prune(): Promise<void>;
  start(): void;
  close(): void;
}

/** Of one room, in order. @param sinceMs undefined: everything that is kept */
export async function auditOf(database: Database, roomId: string, sinceMs?: number): Promise<AuditEntry[]> {
  const rows = await database
    .$extendTables<GovernanceTables>()
    .selectFrom('audit')
    .selectAll()
    .where('room_id', '=', roomId)
    .where('at_ms', '>=', sinceMs ?? 0)
    .orderBy('seq')
    .execute();
  return rows.map((row) => ({
    atMs: row.at_ms,
    roomId: row.room_id ?? undefined,
    meetingId: row.meeting_id ?? undefined,
    userId: row.user_id ?? undefined,
    target: row.target ?? undefined,
    // Written by us, and the database refuses changes.
    action: row.action as AuditAction,
    means: row.means as AuditMeans,
    outcome: row.outcome as AuditOutcome,
    code: row.code ?? undefined,
  }));
}

/** Writes into the trail. @param now wall clock, in ms */
export function createAuditWriter(database: Database, now: () => number): Audit {
  const db = database.$extendTables<GovernanceTables>();
  return auditBy(async (of, outcome, code) => {
    const { action, means, userId, roomId, meetingId, target, key } = of;
    await db
      .insertInto('audit')
      .values({
        at_ms: now(),
        room_id: roomId ?? null,
        meeting_id: meetingId ?? null,
        user_id: userId ?? null,
        // Commands on the machine may run beside a bridge of a version that has no such column.
        ...(target === undefined ? {} : { target }),
        action,
        means,
        outcome,
        code: code ?? null,
        key: key === undefined ? null : `${key} ${action} ${outcome}`,
      })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute();
  });
}

export function createAudit({ database, keepDays, log, now }: AuditDeps): AuditTrail {
  const db = database.$extendTables<GovernanceTables>();
  let timer: NodeJS.Timeout | undefined;

  async function prune(): Promise<void> {
    await db
      .deleteFrom('audit')
      .where('at_ms', '<', now() - keepDays * DAY_MS)
      .execute();
  }

  const pruneLater = (): void => {
    prune().catch((error: unknown) => log.logger.warn({ err: error }, 'old rows of the audit trail stay for now'));
  };

  return {
    ...createAuditWriter(database, now),
    prune,
    start() {
      timer ??= setInterval(pruneLater, PRUNE_EVERY_MS);
      pruneLater();
    },
    close: () => clearInterval(timer),
  };
}
