import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { consentMigrations, createConsentStore } from '../consent/index.ts';
import { auditOf, governanceMigrations } from '../governance/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import type { Config } from '../operations/index.ts';
import { createDatabase, type Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { consent, Misuse } from './index.ts';

let database: Database;
let config: () => Config;
beforeAll(async () => {
  const databaseUrl = await emptyDatabase();
  database = await createDatabase(
    databaseUrl,
    { consent: consentMigrations, governance: governanceMigrations },
    createFakeOperations().log,
  );
  // Only what the command reads of it.
  config = () => ({ databaseUrl, appservice: { hsToken: 'a secret of the tests' } }) as Config;
  const answer = { meetingId: 'm', deviceId: undefined, purpose: 'recording', how: 'reaction' } as const;
  const words = { language: 'fr', textVersion: '1', eventId: '$e', atMs: 0 } as const;
  await createConsentStore(database).add([
    { roomId: '!room:x', userId: '@bob:x', answer: 'yes', ...answer, ...words },
    { roomId: '!other:x', userId: '@carol:x', answer: 'no', ...answer, ...words, eventId: '$f' },
  ]);
});
afterAll(() => database.destroy());

describe('palabre consent export', () => {
  test('the answers of one room, as a table or for programs', async () => {
    expect(await consent(['export', '!room:x'], config, {})).toEqual([
      expect.stringMatching(/^"at","roomId"/),
      `"1970-01-01T00:00:00.000Z","!room:x","m","'@bob:x","","recording","yes","reaction","fr","1","$e"`,
    ]);
    const [line = '', ...more] = await consent(['export', '!room:x'], config, { json: true });
    expect(more).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({ userId: '@bob:x', answer: 'yes', textVersion: '1' });
    const written = await auditOf(database, '!room:x');
    expect(written.map(({ action, means, outcome }) => [action, means, outcome])).toEqual([
      ['consent.export', 'server', 'accepted'],
      ['consent.export', 'server', 'accepted'],
    ]);
  });

  test.each([[[]], [['export']], [['export', 'room']], [['delete', '!room:x']]])('%j is explained', async (args) => {
    await expect(consent(args, config, {})).rejects.toThrow(Misuse);
  });
});
