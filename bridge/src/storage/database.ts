import { Kysely, PostgresDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Migration } from 'kysely/migration';
import pg from 'pg';
import type { Log } from '../operations/index.ts';

/** The tables that belong to no capability: the migrator's list of what was applied. */
type SharedTables = { kysely_migration: { name: string; timestamp: string } };

/** The shared database. A capability sees its own tables through `database.$extendTables<MyTables>()`. */
export type Database = Kysely<SharedTables>;

/** Migrations of one capability by name; names sort in the order in which they are applied: `001-inbox`. */
export type Migrations = Readonly<Record<string, Migration>>;

const INT8 = pg.types.builtins.INT8;

function createPool(url: string, log: Log): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 12,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    query_timeout: 10_000,
    application_name: 'palabre-bridge',
    types: {
      // Milliseconds and sequence numbers are stored as int8 and stay far below 2^53.
      getTypeParser: (oid, format) =>
        oid === INT8 && format !== 'binary'
          ? Number
          : (pg.types.getTypeParser(oid, format) as (value: string) => unknown),
    },
  });
  // A connection that dies while idle (the server was restarted) is replaced at the next query.
  pool.on('error', (error) => {
    log.logger.warn({ err: error }, 'database connection lost');
  });
  return pool;
}

/** Opens PostgreSQL as it is: for who only looks, beside a bridge that may be of another version. */
export function openDatabase(url: string, log: Log): Database {
  return new Kysely({ dialect: new PostgresDialect({ pool: createPool(url, log) }) });
}

/**
 * Opens PostgreSQL and brings every capability's tables up to date.
 * @param capabilities migrations by capability folder; each is applied once, in one transaction
 */
export async function createDatabase(
  url: string,
  capabilities: Readonly<Record<string, Migrations>>,
  log: Log,
): Promise<Database> {
  const database = openDatabase(url, log);
  const all = Object.fromEntries(
    Object.entries(capabilities).flatMap(([capability, migrations]) =>
      Object.entries(migrations).map(([name, migration]) => [`${capability}/${name}`, migration]),
    ),
  );
  // A new capability's first migration sorts before others that were applied long ago: order matters only within one.
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve(all) },
    allowUnorderedMigrations: true,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    await database.destroy();
    throw new Error('the database could not be brought up to date', { cause: error });
  }
  return database;
}

/** SQLSTATE classes of failures that pass: connection, resources, shutdown (PostgreSQL, appendix A), and lost races. */
const PASSING_STATE = /^(08|53|57P|40)/;
/** What `pg` says without a code: of a connection that is lost, or does not come in time. */
const LOST_CONNECTION =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered)/;
/** Of the network, when the server cannot be reached, or not found by its name. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Whether this is a failure of the database that passes by itself, rather than of what was asked. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return PASSING_STATE.test(error.code ?? '');
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as Partial<NodeJS.ErrnoException>;
  return UNREACHABLE.has(code ?? '') || LOST_CONNECTION.test(message ?? '');
}
