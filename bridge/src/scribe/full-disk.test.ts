import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { emptyDatabase } from '../storage/test-database.ts';

const PLAY_MS = 60_000;

test(
  'a disk that is full while it records: what was captured is posted once there is space, with the gap, and the room is told',
  async () => {
    const play = [join(import.meta.dirname, 'fake-full-disk.ts'), await emptyDatabase()];
    const { stdout } = await promisify(execFile)(process.execPath, play, { timeout: PLAY_MS });
    expect(JSON.parse(stdout)).toEqual({
      refusal: 'EFBIG',
      uploadedWhileFull: 0,
      films: ['a10000c10000'],
      gaps: ['recorder_restarted'],
      notices: ['recorder_failed'],
    });
  },
  PLAY_MS,
);
