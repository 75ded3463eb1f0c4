import { expect, test } from '@jest/globals';
import type { Room, TextStreamReader } from 'livekit-client';
import { receiveCaptions } from './caption-streams.ts';

type Handler = Parameters<Room['registerTextStreamHandler']>[1];

/** A stream as LiveKit hands it over: it stops being read where more comes than its header says. */
class FakeReader {
  readonly info = { attributes: { a: 'b' }, encryptionType: 0 };
  taken = 0;
  totalByteSize: number | undefined;
  readonly chunks: readonly string[];
  constructor(chunks: readonly string[], totalByteSize?: number) {
    this.chunks = chunks;
    this.totalByteSize = totalByteSize;
  }
  async *[Symbol.asyncIterator]() {
    let length = 0;
    for (const chunk of this.chunks) {
      await Promise.resolve();
      this.taken++;
      length += chunk.length;
      if (this.totalByteSize !== undefined && length > this.totalByteSize) throw new Error('too long');
      yield chunk;
    }
  }
}

async function hear(identity: string, reader: FakeReader): Promise<readonly string[]> {
  const heard: string[] = [];
  let handler: Handler = () => undefined;
  const room = { registerTextStreamHandler: (_topic: string, given: Handler) => (handler = given) };
  receiveCaptions(
    'https://sfu',
    room as unknown as Room,
    ({ senderIdentity }) => senderIdentity === 'scribe',
    ({ text }) => heard.push(text),
  );
  handler(reader as unknown as TextStreamReader, { identity });
  await new Promise((resolve) => setTimeout(resolve, 0));
  return heard;
}
const flood = Array.from({ length: 100 }, () => 'x'.repeat(1_000));

test('what a scribe says is put together', async () => {
  expect(await hear('scribe', new FakeReader(['Good ', 'morning.'], 13))).toEqual(['Good morning.']);
  // It takes back what was shown.
  expect(await hear('scribe', new FakeReader([]))).toEqual(['']);
});

test.each([
  ['a stranger', 'mallory', undefined],
  ['a stranger who announced less', 'mallory', 5],
  ['a scribe', 'scribe', undefined],
  ['a scribe that announced less', 'scribe', 5],
])('a flood of %s is taken out to its end, and none of it is kept', async (_who, identity, size) => {
  const reader = new FakeReader(flood, size);
  expect(await hear(identity, reader)).toEqual([]);
  expect(reader.taken).toBe(flood.length);
});

test('a short stream of a stranger is nothing', async () => {
  expect(await hear('mallory', new FakeReader(['', 'Go home']))).toEqual([]);
  expect(await hear('mallory', new FakeReader([]))).toEqual([]);
});
