import { auditOf } from '../governance/index.ts';
import type { AuditEntry } from '../governance/index.ts';
import { createLog } from '../operations/index.ts';
import type { Config } from '../operations/index.ts';
import { openDatabase } from '../storage/index.ts';
import { checkRoomId, Misuse } from './misuse.ts';

export const AUDIT_HELP = `npm run palabre -- audit '!room' [--since DATE] [--json]
  who recorded, transcribed, stopped, changed, let in and deleted what there; DATE is such as 2026-11-22 or 2026-11-22T10:00Z`;

/** One line for people: time, who, by which means, what, what came of it. */
export function auditLine({ atMs, userId, means, action, target, outcome, code }: AuditEntry): string {
  const came = code === undefined ? outcome : `${outcome} (${code})`;
  const done = target === undefined ? action : `${action} ${target}`;
  return `${new Date(atMs).toISOString()}  ${userId ?? '-'}  ${means}  ${done}  ${came}`;
}

/** The same for programs: one JSON object a line. */
export function auditJson(entry: AuditEntry): string {
  const { atMs, roomId, meetingId, userId, means, action, target, outcome, code } = entry;
  return JSON.stringify({
    at: new Date(atMs).toISOString(),
    room_id: roomId,
    meeting_id: meetingId,
    user_id: userId,
    means,
    action,
    target,
    outcome,
    code,
  });
}

/** @throws {Misuse} */
export function sinceOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Misuse(`${text} is not a date such as 2026-11-22.`);
  return ms;
}

/** @param args what follows `audit`. @throws {Misuse} */
export async function audit(
  args: readonly string[],
  config: () => Config,
  options: { readonly since?: string | undefined; readonly json?: boolean | undefined },
): Promise<string[]> {
  const [roomId, ...rest] = args;
  if (roomId === undefined || rest.length > 0) throw new Misuse(AUDIT_HELP);
  checkRoomId(roomId);
  const sinceMs = sinceOf(options.since);
  const { databaseUrl, appservice } = config();
  const database = openDatabase(databaseUrl, createLog('silent', appservice.hsToken));
  try {
    const entries = await auditOf(database, roomId, sinceMs);
    if (options.json === true) return entries.map(auditJson);
    return entries.length === 0 ? ['Nothing is written down about this room.'] : entries.map(auditLine);
  } finally {
    await database.destroy();
  }
}
