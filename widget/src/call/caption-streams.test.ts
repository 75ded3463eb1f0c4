import { expect, test } from '@jest/globals';
import { Encryption_Type, Room, type TextStreamReader } from 'livekit-client';
import { receiveCaptions } from './caption-streams.ts';

type Handler = Parameters<Room['registerTextStreamHandler']>[1];
type Reader = typeof TextStreamReader;
type Chunks = ConstructorParameters<Reader>[1];

/** LiveKit's own class, which it does not export: that of a stream that comes in. */
function readerClass(): Reader {
  const readers: TextStreamReader[] = [];
  const room = new Room();
  room.registerTextStreamHandler('t', (reader) => readers.push(reader));
  const contentHeader = { case: 'textHeader', value: {} };
  const header = {
    streamId: 's',
    topic: 't',
    timestamp: 0n,
    compression: 0,
    inlineContent: new Uint8Array(),
    contentHeader,
  };
  const incoming = Reflect.get(room, 'incomingDataStreamManager') as {
    handleStreamHeader(header: unknown, identity: string, encryptionType: Encryption_Type): void;
  };
  incoming.handleStreamHeader(header, 'somebody', Encryption_Type.NONE);
  const [reader] = readers;
  if (reader === undefined) throw new Error('LiveKit hands streams over in another way');
  return reader.constructor as Reader;
}
const LivekitReader = readerClass();

/** A stream as LiveKit hands it over, and how much of it was taken. @param size in bytes, as its sender announced it */
function streamOf(chunks: readonly string[], size?: number) {
  let taken = 0;
  const source = new ReadableStream<object>(
    {
      pull(controller) {
        const chunk = chunks[taken];
        if (chunk === undefined) controller.close();
        else controller.enqueue({ content: new TextEncoder().encode(chunk), chunkIndex: BigInt(taken++) });
      },
    },
    { highWaterMark: 0 },
  );
  const info = { id: 's', mimeType: 'text/plain', topic: 't', timestamp: 0, encryptionType: Encryption_Type.NONE };
  // Of a chunk readers look at these two only.
  return { reader: new LivekitReader(info, source as Chunks, size), taken: () => taken };
}

async function hear(identity: string, reader: TextStreamReader): Promise<readonly string[]> {
  const heard: string[] = [];
  let handler: Handler = () => undefined;
  const room = { registerTextStreamHandler: (_topic: string, given: Handler) => (handler = given) };
  receiveCaptions(
    'https://sfu',
    room as unknown as Room,
    ({ senderIdentity }) => senderIdentity === 'scribe',
    ({ text }) => heard.push(text),
  );
  handler(reader, { identity });
  await new Promise((resolve) => setTimeout(resolve, 0));
  return heard;
}
const flood = Array.from({ length: 100 }, () => 'x'.repeat(1_000));

test('what a scribe says is put together', async () => {
  expect(await hear('scribe', streamOf(['Good ', 'morning.'], 13).reader)).toEqual(['Good morning.']);
  // It takes back what was shown.
  expect(await hear('scribe', streamOf([]).reader)).toEqual(['']);
});

test.each([
  ['a stranger', 'mallory', undefined],
  ['a stranger who announced less', 'mallory', 5],
  ['a scribe', 'scribe', undefined],
  ['a scribe that announced less', 'scribe', 5],
])('a flood of %s is taken out to its end, and none of it is kept', async (_who, identity, size) => {
  const { reader, taken } = streamOf(flood, size);
  expect(await hear(identity, reader)).toEqual([]);
  expect(taken()).toBe(flood.length);
});

test('a short stream of a stranger is nothing', async () => {
  expect(await hear('mallory', streamOf(['', 'Go home']).reader)).toEqual([]);
  expect(await hear('mallory', streamOf([]).reader)).toEqual([]);
});
