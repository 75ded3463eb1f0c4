import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** A new, empty database in the PostgreSQL that the test run started (scripts/testing/database.mjs). @returns its address */
export async function emptyDatabase(): Promise<string> {
  const server = process.env['PALABRE_TEST_DATABASE'];
  if (server === undefined) throw new Error('tests of the bridge are run from the root: npm run unit -- bridge');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const connection = new pg.Client({ connectionString: server });
  await connection.connect();
  try {
    await connection.query(`create database ${name}`);
  } finally {
    await connection.end();
  }
  const address = new URL(server);
  address.pathname = name;
  return address.href;
}
