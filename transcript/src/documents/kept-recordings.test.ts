import { createCipheriv, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { blockNonce, KEPT_BLOCK, type Kept } from '@palabre/protocol';
import { readAttachment, type KeptSource } from './attachment.ts';
import { createKeptRecordings } from './kept-recordings.ts';

const FILM = randomBytes(2_500);
const kept: Kept = {
  id: '7d9c1a52-1f53-4a0e-9d3c-1d5f0f8f7a11',
  mimetype: 'video/mp4',
  bytes: FILM.length,
  block_bytes: 1_000,
  key: randomBytes(32).toString('base64url'),
};
const source: KeptSource = { kind: 'kept', kept, roomId: '!room:x', server: 'x' };

function sealed(): Buffer {
  const blocks = [0, 1, 2].map((index) => {
    const cipher = createCipheriv('aes-256-gcm', Buffer.from(kept.key, 'base64url'), blockNonce(index));
    cipher.setAAD(Buffer.from(kept.id));
    return Buffer.concat([
      cipher.update(FILM.subarray(index * 1_000, (index + 1) * 1_000)),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
  });
  return Buffer.concat(blocks);
}

let stored: Buffer;
let refused: boolean;
let asked: { url: string; headers: Record<string, string> }[];
let sessions: string[];
const openSession = ({ roomId, server }: KeptSource) => {
  sessions.push(`${server} ${roomId}`);
  return Promise.resolve({ token: `t${sessions.length}`, expires_in_ms: 3_600_000, api_url: 'https://api.x' });
};

beforeEach(() => {
  stored = sealed();
  refused = false;
  asked = [];
  sessions = [];
  jest.spyOn(globalThis, 'fetch').mockImplementation((url, options) => {
    const headers = options?.headers as Record<string, string>;
    asked.push({ url: url instanceof Request ? url.url : url.toString(), headers });
    if (refused) return Promise.resolve(new Response(null, { status: 403 }));
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers['Range'] ?? '') ?? [];
    const part = new Uint8Array(stored.subarray(Number(from), Number(to) + 1));
    return Promise.resolve(new Response(part, { status: 206 }));
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});

test.each([
  [0, 2_500],
  [0, 1],
  [999, 1_001],
  [1_000, 2_000],
  [2_499, 2_500],
  [500, 2_400],
])('reads from %d to %d, whatever the blocks', async (start, end) => {
  const recordings = createKeptRecordings(openSession, () => 0);
  const read = await recordings.read(source, start, end);
  expect(Buffer.from(read).equals(FILM.subarray(start, end))).toBe(true);
});

test('one session for many pieces, in a header and never in an address; renewed when it ends or is refused', async () => {
  let nowMs = 0;
  const recordings = createKeptRecordings(openSession, () => nowMs);
  await recordings.read(source, 0, 10);
  await recordings.read(source, 10, 20);
  expect(sessions).toEqual(['x !room:x']);
  expect(asked[0]).toMatchObject({ headers: { Authorization: 'Bearer t1' } });
  expect(asked[0]?.url).toBe(`https://api.x/api/rooms/!room%3Ax/recordings/${kept.id}`);
  nowMs = 3_600_000;
  await recordings.read(source, 0, 10);
  expect(sessions).toHaveLength(2);
  refused = true;
  await expect(recordings.read(source, 0, 10)).rejects.toThrow('403');
  refused = false;
  await recordings.read(source, 0, 10);
  expect(sessions).toHaveLength(3);
});

test('bytes that are not those of the sender are refused', async () => {
  const recordings = createKeptRecordings(openSession, () => 0);
  stored[1_200] = (stored[1_200] ?? 0) ^ 1;
  await expect(recordings.read(source, 1_500, 1_600)).rejects.toThrow();
  const swapped = Buffer.concat([stored.subarray(1_016, 2_032), stored.subarray(0, 1_016)]);
  stored = swapped;
  await expect(recordings.read(source, 0, 10)).rejects.toThrow();
});

test('a message about a kept recording is a film of the bridge of its sender', () => {
  const content = { msgtype: 'm.notice', body: 'kept', info: { w: 1280, h: 720 }, [KEPT_BLOCK]: kept };
  const origin = { roomId: '!room:x', sender: '@palabre-scribe:y' };
  expect(readAttachment(content, origin)).toMatchObject({
    type: 'video',
    width: 1280,
    source: { kind: 'kept', roomId: '!room:x', server: 'y', kept: { id: kept.id } },
  });
  expect(readAttachment({ ...content, [KEPT_BLOCK]: { ...kept, key: 'short' } }, origin)).toBeUndefined();
});
