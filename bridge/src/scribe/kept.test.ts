import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createDatabase, type Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { createScribeStore, scribeMigrations, type ScribeTables } from './store.ts';

const ROOM = '!room:x';

let database: Database;
beforeAll(async () => {
  const { log } = createFakeOperations();
  database = await createDatabase(await emptyDatabase(), { scribe: scribeMigrations }, log);
});
afterAll(() => database.destroy());

test('a recording that is being kept is not too old before its run is over, and as old as its last notice then', async () => {
  const store = createScribeStore(database.$extendTables<ScribeTables>());
  const meeting = { meetingId: 'meeting', meetingStartedMs: 0, encrypted: false };
  await store.addRun({ id: 'run', roomId: ROOM, ...meeting, wrappedKey: new Uint8Array(1), createdMs: 0 });
  const kept = { id: 'kept', roomId: ROOM, runId: 'run', jobId: 'job' };
  await store.addKept({ ...kept, createdMs: 1_000 });
  await expect(store.keptBefore(ROOM, 9_000)).resolves.toEqual([]);
  await store.addKept({ ...kept, createdMs: 5_000 });
  await store.closeRun('run', false);
  await expect(store.keptBefore(ROOM, 2_000)).resolves.toEqual([]);
  await expect(store.keptBefore(ROOM, 9_000)).resolves.toEqual(['kept']);
  // What older versions kept, and what outlives its run.
  await sql`update scribe_kept set run_id = null`.execute(database);
  await expect(store.keptBefore(ROOM, 9_000)).resolves.toEqual(['kept']);
});
