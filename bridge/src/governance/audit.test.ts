import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { PalabreError } from '@palabre/protocol';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createDatabase } from '../storage/index.ts';
import type { Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import { auditOf, createAudit, governanceMigrations } from './index.ts';

const ROOM = '!room:x';
const DAY_MS = 86_400_000;
const START = { action: 'recording.start', means: 'button', userId: '@alice:x', roomId: ROOM } as const;

describe('the audit trail', () => {
  const { log } = createFakeOperations();
  let database: Database;
  let nowMs: number;
  const open = () => createAudit({ database, keepDays: 365, log, now: () => nowMs });
  const outcomes = async () =>
    (await auditOf(database, ROOM)).map(({ outcome, code }) => (code === undefined ? outcome : `${outcome} ${code}`));

  beforeAll(async () => {
    database = await createDatabase(await emptyDatabase(), { governance: governanceMigrations }, log);
  });
  afterAll(() => database.destroy());
  beforeEach(async () => {
    nowMs = 1_000 * DAY_MS;
    await sql`truncate audit`.execute(database);
  });

  test('is written before the work begins', async () => {
    let during: string[] = [];
    await open().during(START, async () => {
      during = await outcomes();
    });
    expect(during).toEqual(['accepted']);
    expect(await auditOf(database, ROOM)).toEqual([
      { ...START, atMs: nowMs, meetingId: undefined, target: undefined, outcome: 'accepted', code: undefined },
    ]);
  });

  test('what could not be done says why, and the caller hears it', async () => {
    const audit = open();
    const wrong = new PalabreError('PALABRE_WRONG_STATE', 'already');
    await expect(audit.during(START, () => Promise.reject(wrong))).rejects.toBe(wrong);
    await expect(audit.during(START, () => Promise.reject(new Error('a fault')))).rejects.toThrow('a fault');
    await audit.refused(START, 'M_FORBIDDEN');
    expect(await outcomes()).toEqual([
      'accepted',
      'refused PALABRE_WRONG_STATE',
      'accepted',
      'failed M_UNKNOWN',
      'refused M_FORBIDDEN',
    ]);
  });

  test('what cannot be written is not done', async () => {
    await sql`alter table audit rename to away`.execute(database);
    let done = false;
    const work = () => Promise.resolve(void (done = true));
    await expect(open().during(START, work)).rejects.toThrow();
    await sql`alter table away rename to audit`.execute(database);
    expect(done).toBe(false);
  });

  test('what comes again after a crash is there once', async () => {
    const again = () => open().during({ ...START, key: '$event' }, () => Promise.resolve());
    await again();
    await again();
    await open().during({ ...START, action: 'transcription.start', key: '$event' }, () => Promise.resolve());
    expect(await outcomes()).toEqual(['accepted', 'accepted']);
  });

  test('whom it was done to is kept', async () => {
    const admit = { ...START, action: 'lobby.admit', target: '@bob:x' } as const;
    await open().during(admit, () => Promise.resolve());
    expect(await auditOf(database, ROOM)).toMatchObject([admit]);
  });

  test('no row can be changed', async () => {
    await open().refused(START, 'M_FORBIDDEN');
    await expect(sql`update audit set user_id = '@bob:x'`.execute(database)).rejects.toThrow('not changed');
  });

  test('one room, since a time, and no longer than a year', async () => {
    const audit = open();
    await audit.refused(START, 'M_FORBIDDEN');
    await audit.refused({ ...START, roomId: '!other:x' }, 'M_FORBIDDEN');
    const firstMs = nowMs;
    nowMs += 300 * DAY_MS;
    await audit.refused(START, 'PALABRE_NO_CAPACITY');
    expect(await auditOf(database, ROOM)).toHaveLength(2);
    expect(await auditOf(database, ROOM, firstMs + 1)).toHaveLength(1);
    nowMs += 66 * DAY_MS;
    await audit.prune();
    expect(await outcomes()).toEqual(['refused PALABRE_NO_CAPACITY']);
    expect(await auditOf(database, '!other:x')).toEqual([]);
  });
});
