import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';

import { onPath } from './places.mjs';

/** The parent of a process; undefined when it is gone. @param {number} pid */
function parentOf(pid) {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  // The name in parentheses may hold anything; fields are counted from behind it.
  return readFileSync(path, 'utf8').split(') ').at(-1)?.split(' ')[1];
}

/**
 * Calls `act` when the process that started us is gone: whoever was killed with -9 cannot tell us. Under npm that is npm itself,
 * which starts scripts through a shell that would outlive it.
 * @param {() => void} act
 */
export function whenParentDies(act) {
  const parent = process.ppid;
  // Started by init itself (a service manager, a container): nobody to follow.
  if (parent === 1) return;
  const throughShell = process.env['npm_lifecycle_event'] !== undefined;
  const grandparent = throughShell ? parentOf(parent) : undefined;
  const timer = setInterval(() => {
    if (process.ppid === parent && (!throughShell || parentOf(parent) === grandparent)) return;
    clearInterval(timer);
    act();
  }, 250);
  timer.unref();
}

/**
 * Runs a program in our place: same terminal, our signals go to it, its exit code becomes ours, and it dies with us.
 * @param {string} file @param {string[]} args @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} exit code
 */
export async function follow(file, args, options = {}) {
  const setpriv = onPath(['setpriv']);
  const bound = setpriv === undefined ? [file, ...args] : [setpriv, '--pdeathsig', 'TERM', '--', file, ...args];
  const [command, ...rest] = /** @type {[string, ...string[]]} */ (bound);
  const child = spawn(command, rest, { ...options, stdio: 'inherit' });
  // Ctrl-C reaches the child through the terminal as well; then we only wait for it.
  process.on('SIGINT', () => undefined);
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  whenParentDies(() => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128 + constants.signals[signal])));
  });
}
