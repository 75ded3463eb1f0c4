import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { READY_STAMP } from '../places.mjs';

/**
 * Fills `dir` by `install`, whole or not at all: the work is done beside it, stamped and moved into place.
 * @param {string} dir @param {string} version @param {(partial: string) => Promise<void>} install
 */
export async function installInto(dir, version, install) {
  const partial = `${dir}.partial`;
  const old = `${dir}.old`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(dirname(dir), { recursive: true });
  await install(partial);
  writeFileSync(join(partial, READY_STAMP), JSON.stringify({ version }));
  rmSync(old, { recursive: true, force: true });
  if (existsSync(dir)) renameSync(dir, old);
  renameSync(partial, dir);
  rmSync(old, { recursive: true, force: true });
}

/** Bytes below a path, each file counted once. @param {string} path @returns {number} */
export function sizeOf(path) {
  if (!existsSync(path)) return 0;
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
