import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { cacheDir, onPath } from '../places.mjs';
import { Refusal } from '../refusal.mjs';

/**
 * Runs an installer to its end; what it prints goes to a log in the cache.
 * @param {string} name of the log
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @throws {Refusal} with the last lines of the log
 */
export async function run(name, file, args, { cwd, env } = {}) {
  const logs = join(cacheDir(), 'logs');
  mkdirSync(logs, { recursive: true });
  const logPath = join(logs, `${name}.log`);
  const log = openSync(logPath, 'w');
  const setpriv = onPath(['setpriv']);
  // An interrupted set-up leaves no installer running.
  const [command, ...rest] =
    setpriv === undefined ? [file, ...args] : [setpriv, '--pdeathsig', 'KILL', '--', file, ...args];
  const child = spawn(/** @type {string} */ (command), rest, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const outcome = await new Promise((/** @type {(outcome: string) => void} */ resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? String(code)));
  });
  if (outcome === '0') return;
  const told = tellingLines(readFileSync(logPath, 'utf8'));
  throw new Refusal(
    `\`${[file.split('/').at(-1), ...args.slice(0, 3)].join(' ')} …\` failed (${outcome}); see ${logPath}:\n${told}`,
  );
}

/** What went wrong: the first lines that say so, since tools like to end with pages of advice. @param {string} log */
function tellingLines(log) {
  const lines = log.trim().split('\n');
  const telling = lines.filter((line) => /error|fatal|failed|denied|not found|no space|timed out/i.test(line));
  return (telling.length > 0 ? telling.slice(0, 4) : lines.slice(-4)).join('\n');
}
