import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { cacheDir, cachePlaces, onPath, VERSIONS } from '../places.mjs';
import { Refusal } from '../refusal.mjs';
import { run } from './command.mjs';

const OLDEST_GO = 26;

/** The SFU, built from its published source. */
export async function installLivekit() {
  const go = onPath(['go', '/usr/local/go/bin/go']) ?? onPath(['go'], { PATH: '/usr/local/go/bin' });
  const version =
    go === undefined ? undefined : /go1\.(\d+)/.exec(execFileSync(go, ['version'], { encoding: 'utf8' }))?.[1];
  if (go === undefined || Number(version) < OLDEST_GO) {
    throw new Refusal(
      `livekit-server is missing, and building it needs Go 1.${OLDEST_GO} or newer: install Go (https://go.dev/dl), or put livekit-server ${VERSIONS.livekit} on PATH, and start again.`,
    );
  }
  const { livekit } = cachePlaces();
  const partial = join(cacheDir(), 'livekit.partial');
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  await run('livekit', go, ['install', `github.com/livekit/livekit-server/cmd/server@v${VERSIONS.livekit}`], {
    cwd: partial,
    env: { GOBIN: partial, GOFLAGS: '' },
  });
  mkdirSync(dirname(livekit), { recursive: true });
  renameSync(join(partial, 'server'), livekit);
  rmSync(partial, { recursive: true, force: true });
}
