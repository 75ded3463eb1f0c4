import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

import { cachePlaces, onPath, VERSIONS } from '../places.mjs';
import { Refusal } from '../refusal.mjs';
import { run } from './command.mjs';

/** npm of the system: it installs the newer Node, and then everything else under that Node. */
export function npm() {
  const path = onPath(['npm']);
  if (path === undefined)
    throw new Refusal('npm is missing: install it with `apt-get install npm`, or install Node from nodejs.org.');
  return path;
}

/** Node 24, when the system's is older: an npm package that carries the executable. */
export async function installNode() {
  const { node } = cachePlaces();
  const partial = `${node}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  await run(
    'node',
    npm(),
    ['install', '--prefix', partial, '--no-audit', '--no-fund', '--ignore-scripts=false', `node@${VERSIONS.node}`],
    {
      cwd: partial,
    },
  );
  rmSync(node, { recursive: true, force: true });
  renameSync(partial, node);
}

/** Environment in which scripts find this Node first. @param {string} node @returns {NodeJS.ProcessEnv} */
export const underNode = (node) => ({ ...process.env, PATH: `${dirname(node)}:${process.env['PATH'] ?? ''}` });
