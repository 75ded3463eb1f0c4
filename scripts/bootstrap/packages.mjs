import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { repository } from '../places.mjs';
import { run } from './command.mjs';
import { npm, underNode } from './node.mjs';

/** @typedef {{ version?: string, link?: boolean, optional?: boolean, devOptional?: boolean, peer?: boolean }} LockEntry */

/** @param {string} path @returns {Record<string, LockEntry>} */
const entriesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

/**
 * Is everything in `package-lock.json` in `node_modules`? npm writes what it installed into a lock file of its own when it has
 * finished, so that an interrupted installation does not count.
 */
export function packagesInstalled() {
  const done = join(repository, 'node_modules', '.package-lock.json');
  if (!existsSync(done)) return false;
  const installed = entriesOf(done);
  return Object.entries(entriesOf(join(repository, 'package-lock.json')))
    .filter(([path, entry]) => path.includes('node_modules/') && entry.optional !== true && entry.devOptional !== true)
    .every(([path, entry]) => {
      const found = installed[path];
      return found !== undefined && (entry.link === true || found.version === entry.version);
    });
}

/** @param {string} node */
export async function installPackages(node) {
  // Under an older Node npm would quietly choose older packages.
  await run('packages', npm(), ['ci', '--no-audit', '--no-fund', '--ignore-scripts=false'], {
    cwd: repository,
    env: underNode(node),
  });
}
