import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
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

test('one that hangs is ended when its time is over, which may be a fraction of a millisecond', async () => {
  program('hangs', 'exec sleep 60');
  await expect(run('hangs', 100.5)).rejects.toThrow('a signal');
});

test('it says how much it has written', async () => {
  program('works', 'echo out_time_us=4000000');
  expect(await run('works', 60_000)).toBe(4000);
});

test.each([
  ['one that has ended', 'works'],
  ['one that is not there', 'absent'],
])('nothing waits any more after %s: a process with no other work ends', async (_kind, name) => {
  program('works', 'true');
  const options = { ffmpeg: join(dir, name), folder: dir, timeoutMs: 60_000 };
  const script = `
    import { runFfmpeg } from ${JSON.stringify(new URL('ffmpeg.ts', import.meta.url).href)};
    const signal = new AbortController().signal;
    await runFfmpeg({ ...${JSON.stringify(options)}, user: undefined, signal }, []).catch(() => undefined);`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { timeout: 15_000 });
});
