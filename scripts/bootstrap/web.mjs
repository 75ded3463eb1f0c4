import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { repository } from '../places.mjs';
import { run } from './command.mjs';
import { underNode } from './node.mjs';

export const WEB_PARTS = /** @type {const} */ (['widget', 'messenger']);
/** @typedef {(typeof WEB_PARTS)[number]} WebPart */

const NOT_SOURCES = new Set(['node_modules', 'dist']);
const WORK = join(repository, 'node_modules', '.cache', 'palabre');

/** @param {import('node:crypto').Hash} hash @param {string} path */
function addTree(hash, path) {
  for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (NOT_SOURCES.has(entry.name)) continue;
    const inner = join(path, entry.name);
    if (entry.isDirectory()) addTree(hash, inner);
    else if (!/\.test\.tsx?$/.test(entry.name))
      hash
        .update(`${inner.slice(repository.length)}\0`)
        .update(readFileSync(inner))
        .update('\0');
  }
}

/** @param {WebPart} part @returns {string} changes when anything that goes into the pages changes */
function fingerprint(part) {
  const hash = createHash('sha256');
  addTree(hash, join(repository, part));
  for (const shared of ['protocol/src', 'transcript/src', 'transcript/worker']) addTree(hash, join(repository, shared));
  for (const file of ['package-lock.json', 'tsconfig.base.json']) hash.update(readFileSync(join(repository, file)));
  return hash.digest('hex');
}

/** @param {WebPart} part */
const stampOf = (part) => join(WORK, `${part}.sha256`);

/** @param {WebPart} part */
export function webBuilt(part) {
  const stamp = stampOf(part);
  return (
    existsSync(join(repository, part, 'dist', 'index.html')) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === fingerprint(part)
  );
}

/** Builds the pages beside the old ones and then changes places. @param {WebPart} part @param {string} node */
export async function buildWeb(part, node) {
  const mark = fingerprint(part);
  const dir = join(repository, part);
  const fresh = join(WORK, part);
  mkdirSync(WORK, { recursive: true });
  const vite = join(repository, 'node_modules', 'vite', 'bin', 'vite.js');
  await run(`build-${part}`, node, [vite, 'build', '--outDir', fresh, '--emptyOutDir'], {
    cwd: dir,
    env: { ...underNode(node), NODE_ENV: 'production' },
  });
  rmSync(join(dir, 'dist'), { recursive: true, force: true });
  renameSync(fresh, join(dir, 'dist'));
  writeFileSync(stampOf(part), mark);
}
