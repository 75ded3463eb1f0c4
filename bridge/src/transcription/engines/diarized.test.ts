import { afterEach, describe, expect, test } from '@jest/globals';
import { createDiarizedEngine } from './diarized.ts';
import { SpeechRejected, SpeechUnavailable, type SpeechRequest } from './engine.ts';
import { startHttpEngine, type Asked, type FakeHttpEngine } from './fake-speech-servers.ts';

const RATE = 16_000;
const WINDOW = RATE / 10;
const PITCH = { anna: 200, ben: 500 } as const;
type Voice = keyof typeof PITCH;

/** What people say here is a tone. */
function says(voice: Voice | undefined, seconds: number): Int16Array {
  const hertz = voice === undefined ? 0 : PITCH[voice];
  return Int16Array.from({ length: seconds * RATE }, (_, n) => 8_000 * Math.sin((2 * Math.PI * hertz * n) / RATE));
}

function after(...parts: readonly Int16Array[]): Int16Array {
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

function voiceIn(window: Int16Array): Voice | undefined {
  if (Math.max(...window) < 1_000) return undefined;
  const crossings = window.filter((sample, n) => n > 0 && sample >= 0 !== (window[n - 1] ?? 0) >= 0).length;
  return crossings < 70 ? 'anna' : 'ben';
}

/** Tells tones apart, and calls whoever it hears first in a file SPEAKER_00, as diarizers do. */
function diarize({ pcm }: Asked): unknown {
  const segments: { start: number; end: number; text: string; speaker: string; voice: Voice }[] = [];
  const labels: Voice[] = [];
  for (let at = 0; at + WINDOW <= pcm.length; at += WINDOW) {
    const voice = voiceIn(pcm.subarray(at, at + WINDOW));
    const [start, end] = [at / RATE, (at + WINDOW) / RATE];
    if (voice === undefined) continue;
    if (!labels.includes(voice)) labels.push(voice);
    const last = segments.at(-1);
    if (last?.voice === voice && start - last.end < 0.05) last.end = end;
    else segments.push({ start, end, text: `${voice} speaks`, speaker: `SPEAKER_0${labels.indexOf(voice)}`, voice });
  }
  return { text: segments.map(({ text }) => text).join(' '), segments };
}

let server: FakeHttpEngine;
afterEach(() => server.close());

async function engineThat(answer: Parameters<typeof startHttpEngine>[0]) {
  server = await startHttpEngine(answer);
  const engine = createDiarizedEngine({ baseUrl: server.url, apiKey: '', model: 'whisperx' });
  const ask = (pcm: Int16Array, change: Partial<SpeechRequest> = {}) =>
    engine.transcribe(
      { track: 'run @room12:hs', pcm, sampleRate: RATE, language: undefined, words: true, interim: false, ...change },
      AbortSignal.timeout(5_000),
    );
  return { engine, ask };
}

describe('an endpoint that tells voices apart', () => {
  test('voices keep their number over utterances, whatever the endpoint calls them', async () => {
    const { ask } = await engineThat(diarize);
    const first = await ask(says('anna', 2));
    const second = await ask(says('ben', 2));
    const both = await ask(after(says('ben', 2), says('anna', 2)));
    expect(first.turns).toMatchObject([{ voice: 1, text: 'anna speaks', startMs: 0, endMs: 2_000 }]);
    expect(second.turns).toMatchObject([{ voice: 2, text: 'ben speaks', startMs: 0, endMs: 2_000 }]);
    expect(both.turns).toMatchObject([
      { voice: 2, text: 'ben speaks', startMs: 0, endMs: 2_000 },
      { voice: 1, text: 'anna speaks', startMs: 2_000, endMs: 4_000 },
    ]);
    expect(both.text).toBe('ben speaks anna speaks');
    expect(server.asked[0]?.fields).toMatchObject({ response_format: ['diarized_json'], model: ['whisperx'] });
  });

  test('utterances of one track are heard one after the other, those of others beside them', async () => {
    const { ask } = await engineThat(diarize);
    const spoken = await Promise.all([
      ask(says('anna', 2)),
      ask(says('ben', 2)),
      ask(says('ben', 2), { track: 'run @other:hs' }),
    ]);
    expect(spoken.map(({ turns }) => turns?.[0]?.voice)).toEqual([1, 2, 1]);
  });

  test('a voice of which too little was heard has no number yet', async () => {
    const { ask } = await engineThat(diarize);
    await ask(says('anna', 2));
    expect((await ask(says('ben', 0.8))).turns).toMatchObject([{ voice: undefined, text: 'ben speaks' }]);
    expect((await ask(says('ben', 2))).turns).toMatchObject([{ voice: 2 }]);
  });

  test('what it remembers of voices goes with the track', async () => {
    const { engine, ask } = await engineThat(diarize);
    await ask(says('anna', 2));
    engine.forget('run ');
    expect((await ask(says('ben', 2))).turns).toMatchObject([{ voice: 1 }]);
    expect(server.asked[1]?.pcm).toHaveLength(2 * RATE);
  });

  test('words of WhisperX come with their turn, told from its own sound', async () => {
    const { ask } = await engineThat(({ pcm }) => {
      const endS = pcm.length / RATE;
      const words = [{ word: 'hello', start: endS - 1.5, end: endS - 1 }, { word: '12' }];
      return { segments: [{ start: endS - 2, end: endS, text: 'hello 12', speaker: 'A', words }], language: 'en' };
    });
    await ask(says('anna', 2));
    await expect(ask(says('anna', 2))).resolves.toMatchObject({
      language: 'en',
      words: [{ word: 'hello', startMs: 500, endMs: 1_000 }],
    });
  });

  test('silence, and voices it cannot tell', async () => {
    const { ask } = await engineThat(diarize);
    await expect(ask(says(undefined, 2))).resolves.toMatchObject({ text: '', turns: [] });
    const unsure = await engineThatOnce([{ start: 0, end: 2, text: 'who?', speaker: null }]);
    expect((await unsure(says('anna', 2))).turns).toMatchObject([{ voice: undefined, text: 'who?' }]);
  });

  async function engineThatOnce(segments: unknown) {
    await server.close();
    return (await engineThat(() => ({ segments }))).ask;
  }

  test.each([
    ['before the beginning', [{ start: -4, end: 1, text: 'a', speaker: 'A' }]],
    ['after the end', [{ start: 1, end: 9, text: 'a', speaker: 'A' }]],
    ['backwards', [{ start: 2, end: 1, text: 'a', speaker: 'A' }]],
  ])('somebody who spoke %s did not: who said what cannot be told from that', async (_what, segments) => {
    const { ask } = await engineThat(() => ({ segments }));
    await expect(ask(says('anna', 2))).rejects.toThrow(SpeechRejected);
  });

  test.each([
    ['more segments than there is time for', 20_000, ''],
    ['more text, in segments of which each is short enough', 30, 'a'.repeat(100)],
  ])('%s is refused', async (_what, count, text) => {
    const segments = Array.from({ length: count }, (_, n) => ({ start: 1, end: 1, text, speaker: `S${n}` }));
    const { ask } = await engineThat(() => ({ segments }));
    await expect(ask(says('anna', 2))).rejects.toThrow(SpeechRejected);
  });

  test('an answer of another shape', async () => {
    const { ask } = await engineThat(() => ({ text: 'no segments' }));
    await expect(ask(says('anna', 2))).rejects.toThrow(SpeechUnavailable);
  });
});
