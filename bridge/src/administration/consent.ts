import { consentCsv, createConsentStore } from '../consent/index.ts';
import { createAuditWriter } from '../governance/index.ts';
import { createLog } from '../operations/index.ts';
import type { Config } from '../operations/index.ts';
import { openDatabase } from '../storage/index.ts';
import { checkRoomId, Misuse } from './misuse.ts';

export const CONSENT_HELP = `npm run palabre -- consent export '!room' [--json]
  who agreed there to be recorded or transcribed, and who did not: as CSV, or as JSON lines`;

/** @param args what follows `consent`. @throws {Misuse} */
export async function consent(
  args: readonly string[],
  config: () => Config,
  options: { readonly json?: boolean | undefined },
): Promise<string[]> {
  const [verb, roomId, ...rest] = args;
  if (verb !== 'export' || roomId === undefined || rest.length > 0) throw new Misuse(CONSENT_HELP);
  checkRoomId(roomId);
  const { databaseUrl, appservice } = config();
  const database = openDatabase(databaseUrl, createLog('silent', appservice.hsToken));
  try {
    const asked = { action: 'consent.export', means: 'server', roomId } as const;
    const answers = await createAuditWriter(database, Date.now).during(asked, () =>
      createConsentStore(database).ofRoom(roomId),
    );
    return options.json === true ? answers.map((answer) => JSON.stringify(answer)) : consentCsv(answers);
  } finally {
    await database.destroy();
  }
}
