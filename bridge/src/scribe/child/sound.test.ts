import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startSoundRecorder } from './sound.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sound-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('an encoder that dies while it is being stopped is not waited for', async () => {
  const ffmpeg = join(dir, 'ffmpeg');
  // Tells its process id, and takes everything from then on.
  writeFileSync(ffmpeg, '#!/bin/sh\necho $$\nexec cat > /dev/null\n', { mode: 0o755 });
  const { promise: told, resolve: tell } = Promise.withResolvers<number>();
  let losses = 0;
  const sound = startSoundRecorder({
    ffmpeg,
    onChunk: (data) => {
      tell(Number(Buffer.from(data).toString()));
      return Promise.resolve();
    },
    onLost: () => void (losses += 1),
  });
  const pid = await told;
  const stopped = sound.stop();
  process.kill(pid, 'SIGKILL');
  await stopped;
  expect(losses).toBe(0);
});
