import { execFileSync } from 'node:child_process';

import { onPath } from '../places.mjs';
import { detail, Refusal } from '../refusal.mjs';
import { run } from './command.mjs';

const NAMES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.14', 'python3.10'];

/** @param {string} python @returns {{ minor: number, venv: boolean } | undefined} undefined when it does not run or is no Python 3 */
function probe(python) {
  const question = [
    'import sys, importlib.util as u',
    'print(sys.version_info[0], sys.version_info[1], bool(u.find_spec("venv") and u.find_spec("ensurepip")))',
  ].join('\n');
  try {
    const [major, minor, venv] = execFileSync(python, ['-c', question], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split(' ');
    return major === '3' ? { minor: Number(minor), venv: venv === 'True' } : undefined;
  } catch (error) {
    // Not runnable, or a stand-in that only says where to get Python.
    if (detail(error, 'status') !== undefined || detail(error, 'code') !== undefined) return undefined;
    throw error;
  }
}

/**
 * A Python that can make virtual environments.
 * @param {number} [newest] highest minor version that will do
 * @throws {Refusal} with what to install
 */
export function findPython(newest = 99) {
  let withoutVenv = false;
  for (const name of NAMES) {
    const path = onPath([name]);
    const found = path === undefined ? undefined : probe(path);
    if (path === undefined || found === undefined || found.minor < 10 || found.minor > newest) continue;
    if (found.venv) return path;
    withoutVenv = true;
  }
  throw new Refusal(
    withoutVenv
      ? 'Python cannot make virtual environments here: `apt-get install python3-venv` mends that.'
      : `Python 3.10 or newer${newest < 99 ? ` (up to 3.${newest})` : ''} is missing: install it with \`apt-get install python3 python3-venv\`.`,
  );
}

/**
 * A virtual environment with packages from wheels only, so that no compiler is needed.
 * @param {string} name of the log @param {string} dir @param {string[]} packages arguments of `pip install` @param {number} [newestPython]
 */
export async function makeVenv(name, dir, packages, newestPython) {
  await run(`${name}-venv`, findPython(newestPython), ['-m', 'venv', dir]);
  await pip(name, dir, packages);
}

/** @param {string} name @param {string} venv @param {string[]} packages */
export async function pip(name, venv, packages) {
  await run(name, `${venv}/bin/python`, [
    '-m',
    'pip',
    'install',
    '--no-cache-dir',
    '--disable-pip-version-check',
    '--only-binary=:all:',
    ...packages,
  ]);
}
