import { createAuditWriter } from '../governance/index.ts';
import { createLog } from '../operations/index.ts';
import type { Config } from '../operations/index.ts';
import { createKeptRuns } from '../scribe/index.ts';
import type { KeptResult, ScribeTables } from '../scribe/index.ts';
import { openDatabase } from '../storage/index.ts';
import { checkRoomId, Misuse } from './misuse.ts';

export const RESULTS_HELP = `npm run palabre -- results list ['!room'] [--json]
  recordings and transcripts that could not be posted and stay on the server, encrypted
npm run palabre -- results retry '!room'
  has the bridge try again to post those of one room`;

function resultLine({ roomId, meetingStartedMs, what, retried }: KeptResult): string {
  const state = retried ? 'to be tried again' : 'kept';
  return `${new Date(meetingStartedMs).toISOString()}  ${roomId}  ${what}  ${state}`;
}

function resultJson({ roomId, meetingId, meetingStartedMs, what, retried }: KeptResult): string {
  const meetingStarted = new Date(meetingStartedMs).toISOString();
  return JSON.stringify({ room_id: roomId, meeting_id: meetingId, meeting_started: meetingStarted, what, retried });
}

/** @param args what follows `results`. @throws {Misuse} */
export async function results(
  args: readonly string[],
  config: () => Config,
  options: { readonly json?: boolean | undefined },
): Promise<string[]> {
  const [verb, roomId, ...rest] = args;
  if (rest.length > 0) throw new Misuse(RESULTS_HELP);
  if (roomId !== undefined) checkRoomId(roomId);
  if (verb !== 'list' && (verb !== 'retry' || roomId === undefined)) throw new Misuse(RESULTS_HELP);
  const { databaseUrl, appservice } = config();
  const database = openDatabase(databaseUrl, createLog('silent', appservice.hsToken));
  try {
    const kept = createKeptRuns(database.$extendTables<ScribeTables>());
    if (verb === 'retry' && roomId !== undefined) {
      const asked = { action: 'results.retry', means: 'server', roomId } as const;
      const meetings = await createAuditWriter(database, Date.now).during(asked, () => kept.retry(roomId));
      if (meetings === 0) return ['Everything of this room was posted, or is being posted.'];
      return [
        `Results of ${meetings === 1 ? 'one meeting' : `${String(meetings)} meetings`} are tried again: within half a minute, or when the bridge is started.`,
      ];
    }
    const found = await kept.list(roomId);
    if (options.json === true) return found.map(resultJson);
    return found.length === 0 ? ['Nothing is left to be posted.'] : found.map(resultLine);
  } finally {
    await database.destroy();
  }
}
