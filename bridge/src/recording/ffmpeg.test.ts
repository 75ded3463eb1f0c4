import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { runFfmpeg } from './ffmpeg.ts';

const dir = mkdtempSync(join(tmpdir(), 'palabre-ffmpeg-test-'));
afterAll(() => rmSync(dir, { recursive: true }));

function run(name: string, timeoutMs: number): Promise<number> {
  const signal = new AbortController().signal;
  return runFfmpeg({ ffmpeg: join(dir, name), user: undefined, folder: dir, timeoutMs, signal }, []);
}

function program(name: string, script: string): void {
  writeFileSync(join(dir, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

test('one that hangs is ended when its time is over, which may be a fraction of a millisecond', async () => {
  program('hangs', 'exec sleep 60');
  await expect(run('hangs', 100.5)).rejects.toThrow('a signal');
});

test('nothing waits any more once it has ended, or where there is none', async () => {
  program('works', 'echo out_time_us=4000000');
  const before = timers();
  expect(await run('works', 60_000)).toBe(4000);
  await expect(run('absent', 60_000)).rejects.toThrow('could not be started');
  expect(timers()).toBe(before);
});
