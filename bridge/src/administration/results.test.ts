import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { auditOf, governanceMigrations } from '../governance/index.ts';
import { createFakeOperations } from '../operations/fake-operations.ts';
import type { Config } from '../operations/index.ts';
import { scribeMigrations, type ScribeTables } from '../scribe/index.ts';
import { createDatabase, type Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { Misuse, results } from './index.ts';

let database: Database;
let config: () => Config;
beforeAll(async () => {
  const databaseUrl = await emptyDatabase();
  database = await createDatabase(
    databaseUrl,
    { scribe: scribeMigrations, governance: governanceMigrations },
    createFakeOperations().log,
  );
  // Only what the command reads of it.
  config = () => ({ databaseUrl, appservice: { hsToken: 'a secret of the tests' } }) as Config;
  const tables = database.$extendTables<ScribeTables>();
  const run = { meeting_id: 'm', meeting_started_ms: 0, encrypted: true, device_id: null, created_ms: 0 };
  const key = Buffer.from('wrapped');
  await tables
    .insertInto('scribe_run')
    .values([
      { ...run, id: 'kept', room_id: '!room:x', key, state: 'closed' },
      { ...run, id: 'posted', room_id: '!room:x', key: null, state: 'closed' },
      { ...run, id: 'open', room_id: '!room:x', key, state: 'open' },
    ])
    .execute();
  const job = { created_ms: 0, stopped_ms: 1, started_by: '@alice:x', options: null, command_id: null };
  await tables
    .insertInto('scribe_job')
    .values([
      { ...job, id: 'film', run_id: 'kept', what: 'recording', state: 'posting' },
      { ...job, id: 'text', run_id: 'kept', what: 'transcription', state: 'done' },
      { ...job, id: 'old', run_id: 'posted', what: 'recording', state: 'done' },
      { ...job, id: 'new', run_id: 'open', what: 'recording', state: 'posting' },
    ])
    .execute();
});
afterAll(() => database.destroy());

describe('palabre results', () => {
  test('lists what was given up, for people and for programs, and has it tried again', async () => {
    expect(await results(['list'], config, {})).toEqual(['1970-01-01T00:00:00.000Z  !room:x  recording  kept']);
    expect(await results(['list', '!other:x'], config, {})).toEqual(['Nothing is left to be posted.']);
    expect(await results(['retry', '!other:x'], config, {})).toEqual([expect.stringMatching(/^Everything/)]);
    expect(await results(['retry', '!room:x'], config, {})).toEqual([
      'Results of one meeting are tried again: within half a minute, or when the bridge is started.',
    ]);
    expect(await auditOf(database, '!room:x')).toMatchObject([
      { action: 'results.retry', means: 'server', userId: undefined, outcome: 'accepted' },
    ]);
    const [line = '', ...more] = await results(['list', '!room:x'], config, { json: true });
    expect(more).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({ room_id: '!room:x', what: 'recording', retried: true });
  });

  test.each([[[]], [['list', 'room']], [['retry']], [['retry', '!room:x', 'more']], [['delete', '!room:x']]])(
    '%j is explained',
    async (args) => {
      await expect(results(args, config, {})).rejects.toThrow(Misuse);
    },
  );
});
