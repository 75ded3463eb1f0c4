import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { cacheDir, onPath } from '../places.mjs';
import { Refusal } from '../refusal.mjs';
import { run } from './command.mjs';

const OLDEST_GO = 26;

/**
 * Builds a program from its published source.
 * @param {{ name: string, source: string, target: string, otherwise: string }} program `source`: the package with its version;
 *   `otherwise`: what else somebody without Go can do
 */
export async function goInstall({ name, source, target, otherwise }) {
  const go = onPath(['go', '/usr/local/go/bin/go']) ?? onPath(['go'], { PATH: '/usr/local/go/bin' });
  const version =
    go === undefined ? undefined : /go1\.(\d+)/.exec(execFileSync(go, ['version'], { encoding: 'utf8' }))?.[1];
  if (go === undefined || Number(version) < OLDEST_GO) {
    throw new Refusal(
      `${name} is missing, and building it needs Go 1.${OLDEST_GO} or newer: install Go (https://go.dev/dl)${otherwise}`,
    );
  }
  const partial = join(cacheDir(), `${name}.partial`);
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  await run(name, go, ['install', source], { cwd: partial, env: { GOBIN: partial, GOFLAGS: '' } });
  mkdirSync(dirname(target), { recursive: true });
  renameSync(join(partial, basename(source.slice(0, source.lastIndexOf('@')))), target);
  rmSync(partial, { recursive: true, force: true });
}
