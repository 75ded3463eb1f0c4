import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { repository } from '../places.mjs';
import { reachable } from './users.mjs';

/** What the bridge and its children run. */
const PARTS = ['package.json', 'node_modules', 'protocol', 'bridge', 'widget/dist', 'messenger/dist'];

/** Copies a tree; by hard links where both are on one disk, which takes no room and 0.3 s. @param {string} from @param {string} to */
function copyTree(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  try {
    execFileSync('cp', ['-al', from, to], { stdio: 'ignore' });
  } catch {
    rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', from, to], { stdio: 'ignore' });
  }
}

/**
 * Where the bridge is run from. Its children give up root, and must still be able to read the program: a checkout (or a Node)
 * that only root can reach, for example in root's home, is copied into the data folder at each start.
 * @param {{ dataDir: string, node: string, user: import('./users.mjs').SystemUser | undefined }} options
 * @returns {{ root: string, node: string }}
 */
export function reachableProgram({ dataDir, node, user }) {
  const copy = join(dataDir, 'program');
  rmSync(copy, { recursive: true, force: true });
  if (user === undefined) return { root: repository, node };
  const here = join(repository, 'bridge', 'package.json');
  const root = reachable(user, here, 'r') ? repository : copy;
  if (root === copy) {
    for (const part of PARTS)
      if (existsSync(join(repository, part))) copyTree(join(repository, part), join(copy, part));
  }
  if (reachable(user, node)) return { root, node };
  copyTree(node, join(copy, 'bin', 'node'));
  return { root, node: join(copy, 'bin', 'node') };
}
