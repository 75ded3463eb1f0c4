import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { detail, Refusal } from '../refusal.mjs';

/**
 * @typedef {object} Command
 * @property {string} file
 * @property {string[]} args
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [cwd]
 * @property {{ uid: number, gid: number }} [user] whom to become, when started as root
 * @property {number} [niceness] 1 to 19: others go first
 */

/**
 * @typedef {object} ServiceOptions
 * @property {string} name
 * @property {string} label what the person at the terminal calls it
 * @property {() => Command | Promise<Command>} command asked before each start
 * @property {() => Promise<boolean>} ready asked again and again until it says yes
 * @property {string} logPath
 * @property {NodeJS.Signals} [stopSignal] asks it to end in good order
 * @property {NodeJS.Signals} [deathSignal] what the kernel sends it when we die, however we die
 * @property {number} [stopTimeoutMs]
 * @property {number} [readyTimeoutMs]
 * @property {(text: string) => void} onProgress
 */

/**
 * @typedef {object} Service
 * @property {() => number | undefined} pid
 * @property {(signal: NodeJS.Signals) => void} kill the supervisor starts it again
 * @property {() => Promise<void>} hold stops it and keeps it down
 * @property {() => Promise<void>} release starts it and waits until it is ready
 * @property {() => Promise<void>} ready waits until the present (or next) process is ready
 * @property {() => Promise<void>} close
 * @property {string} logPath
 */

const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 10_000;
/** Having lived this long, a process that dies is started again as quickly as the first time. */
const SETTLED_MS = 10_000;
const POLL_MS = 25;
const LOG_ROTATE_BYTES = 20 * 1024 * 1024;

/** @param {string} path */
function openLog(path) {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path) && statSync(path).size > LOG_ROTATE_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

/** @param {string} path @param {number} from byte at which this process began to write */
function lastLines(path, from) {
  const text = readFileSync(path).subarray(from).toString('utf8').trim();
  return text.split('\n').slice(-12).join('\n');
}

/** The command, so that it dies with us and, if asked, as somebody else or behind others. @param {Command} command @param {NodeJS.Signals} deathSignal */
function bound({ file, args, user, niceness }, deathSignal) {
  const identity = user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  const setpriv = ['setpriv', ...identity, '--pdeathsig', deathSignal.replace(/^SIG/, ''), '--', file, ...args];
  const [first, ...rest] = niceness === undefined ? setpriv : ['nice', '-n', String(niceness), ...setpriv];
  return { file: /** @type {string} */ (first), args: rest };
}

/**
 * Keeps one process running: starts it, waits until it answers, starts it again when it dies.
 * @param {ServiceOptions} options
 * @returns {Service}
 */
export function createService(options) {
  const { name, label, logPath, onProgress } = options;
  const { stopSignal = 'SIGTERM', deathSignal = 'SIGKILL', stopTimeoutMs = 5_000, readyTimeoutMs = 60_000 } = options;

  let wanted = false;
  let backoffMs = FIRST_BACKOFF_MS;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  /** @type {Promise<void>} */
  let exited = Promise.resolve();
  /** @type {NodeJS.Timeout | undefined} */
  let restart;
  /** @type {Promise<void>} */
  let readiness = Promise.reject(new Refusal(`${label} was not started.`));
  readiness.catch(() => undefined);

  /** Starts the process; the promise is kept or broken once it answers or is gone. */
  async function launch() {
    const command = await options.command();
    if (!wanted) throw new Refusal(`${label} was stopped while it was starting.`);
    const log = openLog(logPath);
    const logStart = statSync(logPath).size;
    const { file, args } = bound(command, deathSignal);
    // A process group of its own: Ctrl-C in the terminal reaches us only, and we end things in order.
    const started = spawn(file, args, {
      cwd: command.cwd,
      env: command.env ?? process.env,
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    child = started;
    const startedMs = Date.now();
    let gone = '';
    /** @type {Promise<void>} */
    const ended = new Promise((resolve) => {
      started.once('error', (error) => {
        gone = error.message;
        resolve();
      });
      started.once('exit', (code, signal) => {
        gone = signal === null ? `exit code ${String(code)}` : signal;
        resolve();
      });
    });
    exited = ended.then(() => {
      if (child === started) child = undefined;
    });

    while (gone === '') {
      if (await options.ready().catch(() => false)) break;
      if (Date.now() - startedMs > readyTimeoutMs) {
        started.kill('SIGKILL');
        await exited;
        throw new Refusal(
          `${label} did not answer within ${readyTimeoutMs / 1000} s; ${logPath} ends with:\n${lastLines(logPath, logStart)}`,
        );
      }
      await Promise.race([sleep(POLL_MS), exited]);
    }
    if (gone !== '')
      throw new Refusal(`${label} stopped at once (${gone}); ${logPath} ends with:\n${lastLines(logPath, logStart)}`);
    void exited.then(() => {
      if (Date.now() - startedMs > SETTLED_MS) backoffMs = FIRST_BACKOFF_MS;
      scheduleRestart(gone);
    });
  }

  /** @param {string} why */
  function scheduleRestart(why) {
    if (!wanted) return;
    onProgress(`${label} stopped (${why}); starting it again.`);
    const delayMs = backoffMs;
    backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
    readiness = new Promise((resolve, reject) => {
      restart = setTimeout(() => {
        launch().then(resolve, (/** @type {Error} */ error) => {
          reject(error);
          scheduleRestart(error.message.split('\n')[0] ?? '');
        });
      }, delayMs);
    });
    readiness.catch(() => undefined);
  }

  async function hold() {
    wanted = false;
    clearTimeout(restart);
    const held = child;
    if (held?.pid === undefined) return exited;
    const group = held.pid;
    held.kill(stopSignal);
    const ended = await Promise.race([exited.then(() => true), sleep(stopTimeoutMs, false, { ref: false })]);
    if (!ended) held.kill('SIGKILL');
    await exited;
    // Whatever it started and left behind goes too.
    try {
      process.kill(-group, 'SIGKILL');
    } catch (error) {
      if (detail(error, 'code') !== 'ESRCH') throw error;
    }
  }

  async function release() {
    if (wanted) return readiness;
    wanted = true;
    backoffMs = FIRST_BACKOFF_MS;
    readiness = launch();
    try {
      await readiness;
    } catch (error) {
      wanted = false;
      throw error;
    }
  }

  return {
    logPath,
    pid: () => child?.pid,
    kill: (signal) => {
      if (child === undefined) throw new Error(`${name} is not running`);
      child.kill(signal);
      if (signal !== 'SIGKILL' && signal !== 'SIGTERM') return;
      // Whoever waits from now on waits for the next one, although this one has not ended yet.
      /** @type {Promise<void>} */
      const next = exited.then(() => (readiness === next ? undefined : readiness));
      readiness = next;
      readiness.catch(() => undefined);
    },
    ready: () => readiness,
    hold,
    release,
    close: hold,
  };
}

/** Is there an HTTP server that answers 2xx? @param {string} url @returns {Promise<boolean>} */
export async function answers(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  return response.ok;
}
