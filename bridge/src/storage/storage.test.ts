import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createDatabase, isDatabaseAway, openDatabase } from './database.ts';
import { emptyDatabase } from './test-database.ts';

/** A migration of one statement. */
function statement(text: string): Migration {
  return {
    async up(db) {
      await sql.raw(text).execute(db);
    },
  };
}

describe('the database', () => {
  const { log } = createFakeOperations();

  test('migrations are applied once, also those of a capability that comes later', async () => {
    const url = await emptyDatabase();
    const b = { b: { '001-first': statement('create table b (x int8)') } };
    const a = { a: { '001-first': statement('create table a (x text)') } };
    await (await createDatabase(url, b, log)).destroy();
    const database = await createDatabase(url, { ...a, ...b }, log);
    await sql`insert into b values (9007199254740991)`.execute(database);
    const { rows } = await sql<{ x: unknown }>`select x from b`.execute(database);
    expect(rows).toEqual([{ x: 9007199254740991 }]);
    await database.destroy();
  });

  test('a migration that fails changes nothing and says so', async () => {
    const url = await emptyDatabase();
    const broken = { a: { '001-first': statement('create tabel a ()') } };
    await expect(createDatabase(url, broken, log)).rejects.toThrow('could not be brought up to date');
  });

  test('a database that is away is told from a question that is wrong', async () => {
    const failure = async (url: string, query: string): Promise<unknown> => {
      const database = openDatabase(url, log);
      try {
        return await sql.raw(query).execute(database);
      } catch (error) {
        return error;
      } finally {
        await database.destroy();
      }
    };
    const url = await emptyDatabase();
    const closed = new URL(url);
    closed.port = '1';
    expect(isDatabaseAway(await failure(closed.href, 'select 1'))).toBe(true);
    const nameless = new URL(url);
    nameless.hostname = 'nowhere.invalid';
    expect(isDatabaseAway(await failure(nameless.href, 'select 1'))).toBe(true);
    const everyAddress = Object.assign(new AggregateError([new Error('one')]), { code: 'ECONNREFUSED' });
    expect(isDatabaseAway(everyAddress)).toBe(true);
    expect(isDatabaseAway(await failure(url, 'select pg_terminate_backend(pg_backend_pid())'))).toBe(true);
    expect(isDatabaseAway(await failure(url, 'select nothing'))).toBe(false);
    expect(isDatabaseAway(new Error('something else'))).toBe(false);
  });
});
