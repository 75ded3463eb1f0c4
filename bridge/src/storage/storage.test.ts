import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createBlobs } from './blobs.ts';
import { createDatabase } from './database.ts';
import { START_TIMEOUT_MS, startTestDatabase } from './test-database.ts';
import type { TestDatabase } from './test-database.ts';

describe('blobs', () => {
  const dir = mkdtempSync(join(tmpdir(), 'palabre-blobs-'));
  const blobs = createBlobs(dir);
  afterAll(() => {
    rmSync(dir, { recursive: true });
  });

  async function read(key: string): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of blobs.read(key) as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  test('what is written is there, whole, and can be listed and removed', async () => {
    await expect(blobs.write('recordings/a/0001.mkv', Buffer.from('one'))).resolves.toBe(3);
    await blobs.write(
      'recordings/a/0002.mkv',
      (async function* () {
        yield Buffer.from('t');
        await Promise.resolve();
        yield Buffer.from('wo');
      })(),
    );
    expect(await read('recordings/a/0002.mkv')).toBe('two');
    expect(await blobs.list('recordings')).toEqual(['recordings/a/0001.mkv', 'recordings/a/0002.mkv']);
    expect(await blobs.size('recordings/a/0001.mkv')).toBe(3);
    await blobs.remove('recordings');
    expect(await blobs.size('recordings/a/0001.mkv')).toBeUndefined();
    expect(await blobs.list('recordings')).toEqual([]);
  });

  test('a write that fails half way leaves nothing', async () => {
    const failing = (async function* () {
      yield Buffer.from('half');
      await Promise.resolve();
      throw new Error('the source ended');
    })();
    await expect(blobs.write('broken/file', failing)).rejects.toThrow('the source ended');
    expect(await blobs.size('broken/file')).toBeUndefined();
    expect(readdirSync(join(dir, 'broken'))).toEqual([]);
  });

  test.each(['../x', 'a/../../x', '/etc/passwd', 'a//b', '', '.', 'a/..', 'a b'])('refuses the key %j', (key) => {
    expect(() => blobs.path(key)).toThrow(RangeError);
  });
});

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
  let server: TestDatabase;
  beforeAll(async () => {
    server = await startTestDatabase();
  }, START_TIMEOUT_MS);
  afterAll(() => server.close());

  test('migrations are applied once, also those of a capability that comes later', async () => {
    const url = await server.create();
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
    const url = await server.create();
    const broken = { a: { '001-first': statement('create tabel a ()') } };
    await expect(createDatabase(url, broken, log)).rejects.toThrow('could not be brought up to date');
  });
});
