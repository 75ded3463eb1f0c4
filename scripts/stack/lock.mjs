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

/** @param {string} path @returns {number | undefined} the live process that holds the lock */
function holder(path) {
  if (!existsSync(path)) return undefined;
  /** @type {{ pid: number, started: string }} */
  const { pid, started } = JSON.parse(readFileSync(path, 'utf8'));
  return startedAt(pid) === started ? pid : undefined;
}

/** @param {string} dataDir */
const lockOf = (dataDir) => join(dataDir, 'running.json');

/** @param {string} dataDir */
export const isDataInUse = (dataDir) => holder(lockOf(dataDir)) !== undefined;

/**
 * One stack for one data folder. A lock left by a dead process is taken over.
 * @param {string} dataDir @returns {() => void} gives it back
 */
export function lockData(dataDir) {
  const path = lockOf(dataDir);
  const pid = holder(path);
  if (pid !== undefined) {
    throw new Refusal(
      `Palabre already runs on ${dataDir} (process ${pid}): stop it, or choose another folder with --data.`,
    );
  }
  writeFileSync(path, JSON.stringify({ pid: process.pid, started: startedAt(process.pid) }));
  return () => rmSync(path, { force: true });
}
