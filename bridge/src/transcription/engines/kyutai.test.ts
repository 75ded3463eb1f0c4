import { afterEach, describe, expect, test } from '@jest/globals';
import { SpeechUnavailable, type SpeechRequest } from './engine.ts';
import {
  startStreamingEngine,
  type FakeStreamingEngine,
  type Streamed,
  type StreamingBehaviour,
} from './fake-speech-servers.ts';
import { createKyutaiEngine } from './kyutai.ts';

const RATE = 16_000;

/** `.` is a fifth of a second of silence, `x` of sound. */
function sound(pattern: string): Int16Array {
  return Int16Array.from({ length: (pattern.length * RATE) / 5 }, (_, n) =>
    pattern[Math.floor((n * 5) / RATE)] === 'x' ? 9_000 * Math.sin((2 * Math.PI * 300 * n) / RATE) : 0,
  );
}

let server: FakeStreamingEngine;
let engine: ReturnType<typeof createKyutaiEngine>;
afterEach(async () => {
  engine.close();
  await server.close();
});

async function engineThat(behaviour?: StreamingBehaviour) {
  server = await startStreamingEngine(behaviour);
  engine = createKyutaiEngine({ baseUrl: server.url, apiKey: 'a key', model: 'stt-1b-en_fr' });
  return (pcm: Int16Array, change: Partial<SpeechRequest> = {}, limitMs = 3_000) =>
    engine.transcribe(
      { track: 'bob', pcm, sampleRate: RATE, language: undefined, words: true, interim: false, ...change },
      AbortSignal.timeout(limitMs),
    );
}
const GROWING = { words: false, interim: true };
const GROWN = { words: false, interim: false };

describe('a streaming engine in the shape of moshi-server', () => {
  test('is sent 24 kHz over a connection with its key, and gives words with their times', async () => {
    const ask = await engineThat();
    const spoken = await ask(sound('..xx...x..'), { language: 'fr' });
    expect(spoken).toMatchObject({ text: 'word1 word2', language: 'fr' });
    const [first, second] = spoken.words;
    expect(first?.startMs).toBeGreaterThan(300);
    expect(first?.startMs).toBeLessThan(500);
    expect(first?.endMs).toBeGreaterThan(700);
    expect(second?.startMs).toBeGreaterThan(1_250);
    expect(second?.endMs).toBeLessThanOrEqual(2_000);
    const [stream] = server.connections;
    expect(stream).toMatchObject({ key: 'a key', path: '/api/asr-streaming' });
    // The tone is still a tone of 300 Hz, and as loud as it was.
    const tone = stream?.samples.slice(24_000 + 0.45 * 24_000, 24_000 + 0.75 * 24_000) ?? [];
    const crossings = tone.filter((sample, n) => n > 0 && sample >= 0 !== (tone[n - 1] ?? 0) >= 0).length;
    expect(crossings).toBeGreaterThanOrEqual(178);
    expect(crossings).toBeLessThanOrEqual(182);
    expect(Math.max(...tone)).toBeCloseTo(9_000 / 32_768, 2);
  });

  test('an utterance that grows goes over one connection, each sound once', async () => {
    const ask = await engineThat();
    const whole = sound('.x..x..x..');
    await expect(ask(whole.subarray(0, 2 * 3_200), GROWING)).resolves.toMatchObject({ text: 'word1' });
    await expect(ask(whole.subarray(0, 6 * 3_200), GROWING)).resolves.toMatchObject({ text: 'word1 word2' });
    await expect(ask(whole, GROWN)).resolves.toMatchObject({ text: 'word1 word2 word3', words: [] });
    expect(server.connections).toHaveLength(1);
    // A second before, one after, and the longest delay.
    expect(server.connections[0]?.samples).toHaveLength(24_000 * (1 + 2 + 1 + 5));
    await ask(sound('.x.'), GROWING);
    expect(server.connections).toHaveLength(2);
  });

  test('another utterance of the same speaker begins anew, though its predecessor never ended', async () => {
    const ask = await engineThat();
    await ask(sound('.x..x..'), GROWING);
    await expect(ask(sound('..x.....x.'), GROWING)).resolves.toMatchObject({ text: 'word1 word2' });
    expect(server.connections).toHaveLength(2);
  });

  test('what is final and shorter than what was heard so far does not take words of the rest', async () => {
    const ask = await engineThat();
    await ask(sound('.x..x..xx.'), GROWING);
    await expect(ask(sound('.x..x..'), GROWN)).resolves.toMatchObject({ text: 'word1 word2' });
  });

  test('the next utterance begins while the last one is being finished, and takes nothing from it', async () => {
    const marked = Promise.withResolvers<Streamed>();
    const ask = await engineThat({
      onMarker: (stream) => {
        marked.resolve(stream);
        return false;
      },
    });
    await ask(sound('.x..x..'), GROWING);
    const final = ask(sound('.x..x..'), GROWN);
    const finishing = await marked.promise;
    await expect(ask(sound('..xx.'), GROWING)).resolves.toMatchObject({ text: 'word1' });
    finishing.send({ type: 'Marker', id: 1 });
    await expect(final).resolves.toMatchObject({ text: 'word1 word2' });
  });

  test('a final that comes late leaves the stream of the next utterance alone', async () => {
    const ask = await engineThat();
    const next = sound('..xx...x..');
    await ask(next.subarray(0, 5 * 3_200), GROWING);
    await expect(ask(sound('.x..x..x..'), GROWN)).resolves.toMatchObject({ text: 'word1 word2 word3' });
    await expect(ask(next, GROWN)).resolves.toMatchObject({ text: 'word1 word2' });
    expect(server.connections).toHaveLength(2);
  });

  test('silence is no text', async () => {
    const ask = await engineThat();
    await expect(ask(sound('.....'))).resolves.toEqual({ text: '', language: undefined, words: [] });
  });

  test('words that lie outside the sound were not said in it', async () => {
    const ask = await engineThat({
      onWord: (stream) => {
        stream.send({ type: 'Word', text: 'before', start_time: -7 });
        stream.send({ type: 'Word', text: 'later', start_time: 900 });
        return true;
      },
    });
    await expect(ask(sound('.x.'))).resolves.toMatchObject({ text: 'word1', words: [{ word: 'word1' }] });
  });

  test.each<[string, StreamingBehaviour]>([
    ['is full', { onOpen: (stream) => stream.send({ type: 'Error', message: 'no free channels' }) }],
    ['goes away at once', { onOpen: (stream) => stream.socket.terminate() }],
    [
      'goes away in mid-stream',
      {
        onWord: (stream) => {
          stream.socket.terminate();
          return false;
        },
      },
    ],
    ['speaks another language', { onOpen: (stream) => stream.socket.send(Buffer.from([0xc1])) }],
    ['never comes to an end', { onMarker: () => false }],
  ])('a server that %s is unavailable', async (_what, behaviour) => {
    const ask = await engineThat(behaviour);
    await expect(ask(sound('.x.'), {}, 700)).rejects.toThrow(SpeechUnavailable);
  });

  test('so is one that breaks while an utterance grows; the next one finds it again', async () => {
    let breaks = true;
    const ask = await engineThat({
      onWord: (stream) => {
        if (breaks) stream.socket.terminate();
        return !breaks;
      },
    });
    await expect(ask(sound('.x.'), GROWING)).rejects.toThrow(SpeechUnavailable);
    breaks = false;
    await expect(ask(sound('.x..x.'), GROWING)).resolves.toMatchObject({ text: 'word1 word2' });
  });

  test('and one that is not there', async () => {
    const ask = await engineThat();
    await server.close();
    await expect(ask(sound('.x.'))).rejects.toThrow(SpeechUnavailable);
    await expect(engine.isHealthy(AbortSignal.timeout(500))).rejects.toThrow();
    server = await startStreamingEngine();
  });

  test('is healthy when it tells how it was built', async () => {
    await engineThat();
    await expect(engine.isHealthy(AbortSignal.timeout(500))).resolves.toBe(true);
  });
});
