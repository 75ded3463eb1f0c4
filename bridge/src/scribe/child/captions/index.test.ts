import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Room } from '@livekit/rtc-node';
import { FRAME_MS, UTTERANCE_SAMPLE_RATE, type CaptionText } from '../../../transcription/index.ts';
import { startCaptions, takeCaptionRequests } from './index.ts';

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
  const texts: string[] = [];
  const late: boolean[] = [];
  /** Those that wait for their text. */
  const heard: ((text: CaptionText | undefined) => void)[] = [];
  const asked: string[] = [];
  /** What was asked about before is forgotten. */
  const forgotten = jest.fn(() => {
    for (const answer of heard.splice(0)) answer(undefined);
  });
  const engine = { isAway: false };
  const network = { works: true };
  let shutOut: string | undefined;
  let request: (call: { callerIdentity: string; payload: string }) => Promise<string> = () =>
    Promise.reject(new Error());
  const emitter = Object.assign(new EventEmitter(), {
    localParticipant: {
      sendText: (text: string, { destinationIdentities }: { destinationIdentities: string[] }) => {
        if (!network.works) return Promise.reject(new Error('no'));
        sentTo.push(...destinationIdentities);
        texts.push(text);
        return Promise.resolve();
      },
      registerRpcMethod: (_: string, handler: typeof request) => (request = handler),
    },
  });
  const room = emitter as unknown as Room; // The parts that captions use.
  const maySee = (userId: string): Promise<boolean> => Promise.resolve(userId !== shutOut);
  const requests = takeCaptionRequests(room, { userOf: (identity) => identity, maySee, now: () => Date.now() });
  const captions = startCaptions({
    room,
    requests,
    forget: forgotten,
    caption: ({ speaker, final }) => {
      asked.push(speaker);
      if (!engine.isAway) return Promise.resolve({ text: 'words', language: 'en' });
      return final ? new Promise((resolve) => heard.push(resolve)) : Promise.resolve(undefined);
    },
    onState: (state) => late.push(state.late),
    onFailure: (error) => {
      if (network.works) throw error;
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
  const ask = async (callerIdentity: string, show = true) => {
    await request({ callerIdentity, payload: JSON.stringify({ show }) });
    await jest.advanceTimersByTimeAsync(1);
  };
  const shut = (userId: string): void => void (shutOut = userId);
  return {
    captions,
    requests,
    emitter,
    sentTo,
    texts,
    late,
    heard,
    asked,
    forgotten,
    engine,
    network,
    shut,
    speak,
    ask,
  };
}

test('the last minute is sent to who comes, and not again to who only asks again', async () => {
  const { captions, emitter, sentTo, speak, ask } = setUp();
  await speak();
  await ask('bob');
  const lines = sentTo.length;
  expect(lines).toBeGreaterThan(0);
  for (let times = 0; times < 100; times += 1) await ask('bob');
  expect(sentTo).toHaveLength(lines);
  await ask('carol');
  expect(sentTo.filter((identity) => identity === 'carol')).toHaveLength(lines);
  emitter.emit('participantDisconnected', { identity: 'bob' });
  await ask('bob');
  expect(sentTo.filter((identity) => identity === 'bob')).toHaveLength(2 * lines);
  captions.close();
});

test('closed, it asks for nothing and sends nothing, though frames still come', async () => {
  const { captions, requests, sentTo, speak, ask } = setUp();
  await ask('bob');
  captions.close();
  await speak();
  expect(sentTo).toEqual([]);
  expect(requests.audience.identities()).toEqual([]);
});

test('when the last reader stops, or goes, what was said is forgotten at once, and what is said goes to no engine', async () => {
  const { captions, emitter, requests, asked, texts, forgotten, engine, speak, ask } = setUp();
  engine.isAway = true;
  await speak();
  await speak();
  // Somebody has asked for the scribe, and is on the way.
  expect(forgotten).not.toHaveBeenCalled();
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.every((speaker) => speaker.startsWith('live '))).toBe(true);
  await ask('bob');
  await ask('carol');
  await ask('bob', false);
  expect(forgotten).not.toHaveBeenCalled();
  requests.audience.left('carol');
  emitter.emit('participantDisconnected', { identity: 'carol' });
  expect(forgotten).toHaveBeenCalledTimes(1);
  const soFar = asked.length;
  await speak();
  await jest.advanceTimersByTimeAsync(1_000);
  expect(asked).toHaveLength(soFar);
  await ask('bob');
  // What was given up is not told to whoever comes back as something that could not be heard.
  expect(texts).toEqual([]);
  await speak();
  expect(asked.length).toBeGreaterThan(soFar);
  await ask('bob', false);
  expect(forgotten).toHaveBeenCalledTimes(2);
  captions.close();
  expect(forgotten).toHaveBeenCalledTimes(3);
});

test('late while a final text has been waited for for more than three seconds, and not any more when it is there', async () => {
  const { captions, late, heard, engine, speak, ask } = setUp();
  await ask('bob');
  engine.isAway = true;
  await speak();
  await jest.advanceTimersByTimeAsync(2_900);
  expect(late).toEqual([]);
  await jest.advanceTimersByTimeAsync(700);
  expect(late).toEqual([true]);
  // Who stops speaking, or goes, has still said it.
  await jest.advanceTimersByTimeAsync(60_000);
  expect(late).toEqual([true]);
  heard[0]?.({ text: 'late', language: 'en' });
  await jest.advanceTimersByTimeAsync(500);
  expect(late).toEqual([true, false]);
  captions.close();
});

test('what was said while no engine worked comes in its order; of what is too much only that it was said', async () => {
  const { captions, late, texts, heard, engine, speak, ask } = setUp();
  await ask('bob');
  engine.isAway = true;
  // Eleven minutes of it.
  const sentences = Math.ceil((11 * 60) / 1.5);
  for (let spoken = 0; spoken < sentences; spoken += 1) await speak();
  const unheard = texts.length;
  expect(unheard).toBeGreaterThan(0);
  expect(new Set(texts)).toEqual(new Set(['[…]']));
  expect(late.at(-1)).toBe(true);
  for (let answered = 0; answered < heard.length; answered += 1) {
    heard[answered]?.({ text: `sentence ${answered}`, language: 'en' });
    await jest.advanceTimersByTimeAsync(1);
  }
  expect(texts).toHaveLength(sentences);
  expect(texts.slice(unheard)).toEqual(Array.from({ length: sentences - unheard }, (_, index) => `sentence ${index}`));
  await jest.advanceTimersByTimeAsync(1_000);
  expect(late.at(-1)).toBe(false);
  captions.close();
});

test('what could not be sent is sent when it can be, to those who may still see it', async () => {
  const { captions, late, sentTo, network, shut, speak, ask } = setUp();
  await ask('bob');
  await ask('carol');
  network.works = false;
  await speak();
  await jest.advanceTimersByTimeAsync(5_000);
  expect([sentTo, late.at(-1)]).toEqual([[], true]);
  shut('carol');
  await jest.advanceTimersByTimeAsync(5_000);
  network.works = true;
  await jest.advanceTimersByTimeAsync(1_000);
  expect(new Set(sentTo)).toEqual(new Set(['bob']));
  expect(late.at(-1)).toBe(false);
  captions.close();
});
