import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { numberOption, percentile, progress, report } from './harness.ts';

/**
 * `npm start` to the first page answered. Warm: everything installed, data there from an earlier run. `--cold` also measures a
 * start with an empty cache folder, which installs everything but the npm packages.
 */
const COUNT = numberOption('n', 5);
const FIRST_PAGE = 'http://localhost:8600/';
const repository = join(import.meta.dirname, '..', '..');

async function startOnce(dataDir: string, limitMs: number, cacheDir?: string): Promise<number> {
  const startedMs = Date.now();
  const child = spawn('npm', ['start', '--', '--data', dataDir], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
    env: { ...process.env, ...(cacheDir === undefined ? {} : { PALABRE_CACHE: cacheDir }) },
  });
  const ended = once(child, 'exit');
  try {
    for (;;) {
      const status = await fetch(FIRST_PAGE).then(
        (response) => response.status,
        () => 0,
      );
      if (status === 200) return Date.now() - startedMs;
      if (child.exitCode !== null) throw new Error(`npm start ended with ${String(child.exitCode)}`);
      if (Date.now() - startedMs > limitMs) throw new Error(`no page after ${String(limitMs)} ms`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    // npm and what it started are one process group, as after Ctrl-C in a terminal.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    await ended;
  }
}

async function folder(name: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), `palabre-bench-${name}-`));
  await chmod(path, 0o755);
  return path;
}

const dataDir = await folder('data');
try {
  const fresh = await startOnce(dataDir, 120_000);
  progress(`first start with new data: ${String(fresh)} ms`);
  const warm: number[] = [];
  for (let index = 0; index < COUNT; index += 1) {
    warm.push(await startOnce(dataDir, 60_000));
    progress(`warm ${String(index + 1)}/${String(COUNT)}: ${String(warm.at(-1))} ms`);
  }
  let cold: number | undefined;
  if (process.argv.includes('--cold')) {
    const cacheDir = await folder('cache');
    try {
      cold = await startOnce(dataDir, 15 * 60_000, cacheDir);
      progress(`cold: ${String(cold)} ms`);
    } finally {
      await rm(cacheDir, { recursive: true, force: true });
    }
  }
  report({
    bench: 'start',
    unit: 'ms',
    samples: warm,
    value: percentile(warm, 0.5),
    more: { new_data_ms: fresh, ...(cold === undefined ? {} : { cold_ms: cold }) },
  });
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
