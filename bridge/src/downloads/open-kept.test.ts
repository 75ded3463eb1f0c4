import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KEPT_BLOCK } from '@palabre/protocol';
import { keptName } from './downloads.ts';
import { openKept } from './open-kept.ts';
import { newKept, seal } from './sealing.ts';

const ID = '7d9c1a52-1f53-4a0e-9d3c-1d5f0f8f7a11';
const FILM = Buffer.alloc(700_000, 'the whole recording, ');
const dir = mkdtempSync(join(tmpdir(), 'palabre-kept-test-'));
const kept = newKept(ID, FILM.length, 'video/mp4');
const path = join(dir, keptName(ID));
const message = { type: 'm.room.message', content: { body: 'kept', [KEPT_BLOCK]: kept } };
beforeAll(async () => {
  mkdirSync(dirname(path), { recursive: true });
  const pieces = Readable.from([FILM.subarray(0, 300_001), FILM.subarray(300_001)]);
  writeFileSync(path, await buffer(Readable.from(seal(kept, pieces))));
});
afterAll(() => rmSync(dir, { recursive: true }));

test('a kept recording opens with the source of its message, whole or its content alone', async () => {
  await openKept(dir, message, join(dir, 'one.mp4'));
  await openKept(dir, message.content, join(dir, 'two.mp4'));
  for (const name of ['one.mp4', 'two.mp4']) expect(readFileSync(join(dir, name)).equals(FILM)).toBe(true);
  await expect(openKept(dir, message, join(dir, 'one.mp4'))).rejects.toThrow('EEXIST');
  expect(readFileSync(join(dir, 'one.mp4')).equals(FILM)).toBe(true);
});

test('nothing is opened where a file is in the way, and nothing is left where there is no recording', async () => {
  const gone = { [KEPT_BLOCK]: { ...kept, id: '0b1f9a7e-53c0-4f4b-9a53-1f8b5a0f2c33' } };
  await expect(openKept(dir, gone, path)).rejects.toThrow('EEXIST');
  await expect(openKept(dir, gone, join(dir, 'none.mp4'))).rejects.toMatchObject({ name: 'FileAbsent' });
  expect(() => readFileSync(join(dir, 'none.mp4'))).toThrow('ENOENT');
});

test('a file that was changed, cut or another one is refused and leaves nothing', async () => {
  const sealed = readFileSync(path);
  const changed = Buffer.from(sealed);
  changed[400_000] = (changed[400_000] ?? 0) ^ 1;
  const blocks = 262_144 + 16;
  for (const [index, bytes] of [changed, sealed.subarray(0, blocks), Buffer.concat([sealed, sealed])].entries()) {
    writeFileSync(path, bytes);
    await expect(openKept(dir, message, join(dir, `bad-${index}.mp4`))).rejects.toThrow(/damaged|whole/);
    expect(() => readFileSync(join(dir, `bad-${index}.mp4`))).toThrow('ENOENT');
  }
  writeFileSync(path, sealed);
  const elsewhere = { [KEPT_BLOCK]: { ...kept, id: '../../etc/passwd' } };
  await expect(openKept(dir, elsewhere, join(dir, 'four.mp4'))).rejects.toThrow();
});
