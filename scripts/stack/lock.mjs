import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Refusal } from '../refusal.mjs';

/** When the process began, in clock ticks since boot: with its number it names it for good. @param {number} pid */
function startedAt(pid) {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return undefined;
  // The name in parentheses may hold anything; fields are counted from behind it.
  return readFileSync(stat, 'utf8').split(') ').at(-1)?.split(' ')[19];
}

/**
 * One stack for one data folder. A lock left by a dead process is taken over.
 * @param {string} dataDir @returns {() => void} gives it back
 */
export function lockData(dataDir) {
  const path = join(dataDir, 'running.json');
  if (existsSync(path)) {
    /** @type {{ pid: number, started: string }} */
    const holder = JSON.parse(readFileSync(path, 'utf8'));
    if (startedAt(holder.pid) === holder.started) {
      throw new Refusal(
        `Palabre already runs on ${dataDir} (process ${holder.pid}): stop it, or choose another folder with --data.`,
      );
    }
  }
  writeFileSync(path, JSON.stringify({ pid: process.pid, started: startedAt(process.pid) }));
  return () => rmSync(path, { force: true });
}
