import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Room } from '@livekit/rtc-node';
import { FRAME_MS, UTTERANCE_SAMPLE_RATE } from '../../../transcription/index.ts';
import { startCaptions } from './index.ts';

const FRAME_SAMPLES = (UTTERANCE_SAMPLE_RATE * FRAME_MS) / 1000;
const LOUD = Int16Array.from({ length: FRAME_SAMPLES }, (_, i) => Math.round(8000 * Math.sin(i / 3)));
const QUIET = new Int16Array(FRAME_SAMPLES);
const SPEAKER = { identity: '@alice:x:D', trackSid: 'TR_1' };

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** The scribe in a call in which everybody may see captions. */
function setUp() {
  const sentTo: string[] = [];
  let asked: (call: { callerIdentity: string; payload: string }) => Promise<string> = () => Promise.reject(new Error());
  const room = Object.assign(new EventEmitter(), {
    localParticipant: {
      sendText: (_: string, { destinationIdentities }: { destinationIdentities: string[] }) => {
        sentTo.push(...destinationIdentities);
        return Promise.resolve();
      },
      registerRpcMethod: (_: string, handler: typeof asked) => (asked = handler),
      unregisterRpcMethod: () => undefined,
    },
  });
  const captions = startCaptions({
    room: room as unknown as Room, // The parts that captions use.
    userOf: (identity) => identity,
    maySee: () => Promise.resolve(true),
    caption: () => Promise.resolve({ text: 'words', language: 'en' }),
    onState: () => undefined,
    onFailure: (error) => {
      throw error;
    },
  });
  const speak = async () => {
    let endMs = Date.now();
    const hear = (samples: Int16Array, ms: number): void => {
      // Speech has gaps; what has none is noise.
      for (const untilMs = endMs + ms; endMs < untilMs; endMs += FRAME_MS) {
        captions.sink.frame(SPEAKER, (endMs / FRAME_MS) % 8 < 1 ? QUIET : samples, endMs);
      }
    };
    hear(QUIET, 400);
    hear(LOUD, 1000);
    hear(QUIET, 600);
    captions.sink.ended(SPEAKER);
    await jest.advanceTimersByTimeAsync(10);
  };
  const ask = async (callerIdentity: string) => {
    await asked({ callerIdentity, payload: JSON.stringify({ show: true }) });
    await jest.advanceTimersByTimeAsync(1);
  };
  return { captions, room, sentTo, speak, ask };
}

test('the last minute is sent to who comes, and not again to who only asks again', async () => {
  const { captions, room, sentTo, speak, ask } = setUp();
  await speak();
  await ask('bob');
  const lines = sentTo.length;
  expect(lines).toBeGreaterThan(0);
  for (let times = 0; times < 100; times += 1) await ask('bob');
  expect(sentTo).toHaveLength(lines);
  await ask('carol');
  expect(sentTo.filter((identity) => identity === 'carol')).toHaveLength(lines);
  room.emit('participantDisconnected', { identity: 'bob' });
  await ask('bob');
  expect(sentTo.filter((identity) => identity === 'bob')).toHaveLength(2 * lines);
  captions.close();
});
