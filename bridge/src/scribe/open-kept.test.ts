import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAttachmentCipher } from '../publishing/index.ts';
import { refusalToStart } from './child-process.ts';
import { keptPath } from './files.ts';
import { KEPT_BLOCK } from './kept.ts';
import { openKept } from './open-kept.ts';

const ID = '7d9c1a52-1f53-4a0e-9d3c-1d5f0f8f7a11';
const dir = mkdtempSync(join(tmpdir(), 'palabre-kept-test-'));
const message = { type: 'm.room.message', content: { body: 'kept', [KEPT_BLOCK]: {} } };
beforeAll(() => {
  const { stream, file } = createAttachmentCipher();
  stream.end(Buffer.from('the whole recording'));
  const path = keptPath(dir, ID);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, stream.read() as Buffer);
  message.content[KEPT_BLOCK] = { id: ID, bytes: 19, file: file(`palabre-kept:${ID}`) };
});
afterAll(() => rmSync(dir, { recursive: true }));

test('a kept recording opens with the source of its message, whole or its content alone', async () => {
  await openKept(dir, message, join(dir, 'one.mp4'));
  await openKept(dir, message.content, join(dir, 'two.mp4'));
  for (const name of ['one.mp4', 'two.mp4']) expect(readFileSync(join(dir, name), 'utf8')).toBe('the whole recording');
  await expect(openKept(dir, message, join(dir, 'one.mp4'))).rejects.toThrow('EEXIST');
});

test('a file that was changed, or another one, is refused and leaves nothing', async () => {
  const path = keptPath(dir, ID);
  writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.from('more')]));
  await expect(openKept(dir, message, join(dir, 'three.mp4'))).rejects.toThrow('damaged');
  expect(() => readFileSync(join(dir, 'three.mp4'))).toThrow('ENOENT');
  const elsewhere = { [KEPT_BLOCK]: { ...message.content[KEPT_BLOCK], id: '../../etc/passwd' } };
  await expect(openKept(dir, elsewhere, join(dir, 'four.mp4'))).rejects.toThrow();
});

test('as root, children are started under another account or not at all', () => {
  expect(refusalToStart(undefined, 0)).toContain('scribe.user');
  expect(refusalToStart({ uid: 0, gid: 0 }, 0)).toContain('scribe.user');
  expect(refusalToStart({ uid: 999, gid: 999 }, 0)).toBeUndefined();
  expect(refusalToStart(undefined, 1000)).toBeUndefined();
});
