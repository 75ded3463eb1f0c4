import { spawn } from 'node:child_process';
import { constants } from 'node:os';

import { onPath } from './places.mjs';

/** Calls `act` when the process that started us is gone: whoever was killed with -9 cannot tell us. @param {() => void} act */
export function whenParentDies(act) {
  const parent = process.ppid;
  // Started by init itself (a service manager, a container): nobody to follow.
  if (parent === 1) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
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
