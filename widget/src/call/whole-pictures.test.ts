import { expect, test } from '@jest/globals';
import type { Room } from 'livekit-client';
import { sendWholePictures } from './whole-pictures.ts';

/** A room in which we send with these senders; `undefined` is a track that is not sent yet. */
const roomWith = (...senders: unknown[]): Room =>
  ({
    localParticipant: {
      videoTrackPublications: new Map(senders.map((sender, index) => [String(index), { track: { sender } }])),
    },
  }) as unknown as Room;

test('every picture we send begins anew, in all its sizes; a sender that refuses costs nothing', async () => {
  const asked: unknown[] = [];
  const sender = (sizes: number, outcome: () => Promise<void>) => ({
    getParameters: () => ({ encodings: Array.from({ length: sizes }, () => ({})) }),
    setParameters: (...values: unknown[]) => {
      asked.push(values[1]);
      return outcome();
    },
  });
  const stopped = sender(1, () => Promise.reject(new Error('InvalidStateError')));
  sendWholePictures(
    roomWith(
      sender(2, () => Promise.resolve()),
      undefined,
      stopped,
    ),
  );
  sendWholePictures(undefined);
  await Promise.resolve();
  expect(asked).toEqual([
    { encodingOptions: [{ keyFrame: true }, { keyFrame: true }] },
    { encodingOptions: [{ keyFrame: true }] },
  ]);
});
