import { describe, expect, test } from '@jest/globals';
import { createCaptioner, type CaptionRequest } from './captioner.ts';
import { SpeechRejected, SpeechUnavailable, type Recognised, type SpeechChain } from './engines/index.ts';
import { UTTERANCE_SAMPLE_RATE } from './utterances.ts';

interface Heard {
  readonly speaker: string;
  readonly language: string | undefined;
  readonly expected: string | undefined;
  readonly interim: boolean | undefined;
  readonly signal: AbortSignal | undefined;
  answer(text: string): Promise<void>;
  fail(error: Error): Promise<void>;
}

function setUp(concurrency = 1) {
  const heard: Heard[] = [];
  const troubles: string[] = [];
  let nowMs = 0;
  const settle = () => new Promise<void>((done) => setImmediate(done));
  const speech: SpeechChain = {
    forget: () => undefined,
    close: () => undefined,
    transcribe: ({ track, language, expected, interim }, signal) =>
      new Promise<Recognised>((resolve, reject) => {
        heard.push({
          speaker: track,
          language,
          expected,
          interim,
          signal,
          answer: (text) => {
            const isLanguageFound = language === undefined;
            const by = { model: 'fake', place: 'loopback' };
            resolve({ text, language: language ?? 'fr', words: [], by, isLanguageFound });
            return settle();
          },
          fail: (error) => {
            reject(error);
            return settle();
          },
        });
      }),
  };
  const captioner = createCaptioner({
    speech,
    concurrency,
    now: () => nowMs,
    onTrouble: (message) => troubles.push(message),
  });
  const ask = (final: boolean, change: Partial<CaptionRequest> = {}) =>
    captioner.caption({
      speaker: 'anna',
      final,
      pcm: new Int16Array(3 * UTTERANCE_SAMPLE_RATE),
      language: undefined,
      ...change,
    });
  return { captioner, heard, troubles, ask, wait: (ms: number) => (nowMs += ms) };
}

describe('captioner', () => {
  test('final texts go first, and no more at once than the engine takes', async () => {
    const { heard, ask } = setUp();
    const first = ask(false);
    const interim = ask(false);
    const final = ask(true);
    expect(heard).toHaveLength(1);
    await heard[0]?.answer('one');
    await expect(first).resolves.toMatchObject({ text: 'one' });
    expect(heard[1]?.interim).toBe(false);
    await heard[1]?.answer('two');
    await expect(final).resolves.toMatchObject({ text: 'two' });
    await heard[2]?.answer('three');
    await expect(interim).resolves.toMatchObject({ text: 'three' });
  });

  test('an interim text that waited too long is left out; a final one waits as long as it takes', async () => {
    const { heard, ask, wait } = setUp();
    void ask(true, { speaker: 'ben' });
    const interim = ask(false);
    const final = ask(true);
    wait(60 * 60_000);
    await heard[0]?.answer('one');
    await expect(interim).resolves.toBeUndefined();
    await heard[1]?.answer('two');
    await expect(final).resolves.toMatchObject({ text: 'two' });
  });

  test('behind an engine that is slower than speech every final comes, whoever waits: one of each speaker', async () => {
    const { heard, ask, wait } = setUp();
    const texts: string[] = [];
    const say = async (speaker: string, sentences: readonly string[]): Promise<void> => {
      for (const sentence of sentences) texts.push((await ask(true, { speaker }))?.text ?? `${sentence} was lost`);
    };
    const said = Array.from({ length: 50 }, (_, index) => `sentence ${index}`);
    const all = Promise.all([
      say('one room: anna', said),
      say('one room: ben', said),
      say('other room: carol', ['a word']),
    ]);
    for (let count = 0; count < 101; count += 1) {
      wait(60_000);
      await heard[count]?.answer(heard[count]?.speaker ?? '');
    }
    await all;
    expect(texts.slice(0, 5)).toEqual([
      'captions one room: anna',
      'captions one room: ben',
      'captions other room: carol',
      'captions one room: anna',
      'captions one room: ben',
    ]);
    expect(texts).toHaveLength(101);
    expect(new Set(texts).size).toBe(3);
  });

  test('nobody waits any more for a final whose speaker asks for another, or is gone', async () => {
    const { captioner, heard, ask } = setUp();
    void ask(true, { speaker: 'ben' });
    const first = ask(true);
    const second = ask(true);
    await expect(first).resolves.toBeUndefined();
    captioner.forget('anna');
    await expect(second).resolves.toBeUndefined();
    await heard[0]?.answer('one');
    expect(heard).toHaveLength(1);
  });

  test('the engine that is at work on what nobody waits for is told so, and that is no trouble', async () => {
    const { captioner, heard, ask, troubles } = setUp(2);
    const live = ask(true, { speaker: 'live anna' });
    const picture = ask(true, { speaker: 'picture anna' });
    captioner.forget('live ');
    await expect(live).resolves.toBeUndefined();
    expect(heard.map(({ signal }) => signal?.aborted)).toEqual([true, false]);
    await heard[0]?.fail(new SpeechUnavailable('aborted'));
    await heard[1]?.answer('for the film');
    await expect(picture).resolves.toMatchObject({ text: 'for the film' });
    expect([heard.length, troubles]).toEqual([2, []]);
  });

  test('tells the engine what the speaker set, else what it found before', async () => {
    const { captioner, heard, ask } = setUp();
    void ask(true, { language: 'de', pcm: new Int16Array(UTTERANCE_SAMPLE_RATE) });
    await heard[0]?.answer('Ja');
    void ask(true, { language: 'de' });
    void ask(true, { speaker: 'ben' });
    await heard[1]?.answer('Guten Tag');
    await heard[2]?.answer('Bonjour');
    void ask(false, { speaker: 'ben' });
    expect(heard.map(({ language }) => language)).toEqual(['de', undefined, undefined, 'fr']);
    expect(heard.map(({ expected }) => expected)).toEqual(['de', 'de', undefined, 'fr']);
    await heard[3]?.answer('Bon');
    captioner.forget('ben');
    void ask(false, { speaker: 'ben' });
    expect(heard[4]?.language).toBeUndefined();
  });

  test('while the engine is away finals wait for it and interim texts do not; one word about it', async () => {
    const { heard, ask, troubles, wait } = setUp();
    const final = ask(true);
    const interim = ask(false);
    wait(1_000);
    await heard[0]?.fail(new SpeechUnavailable('away'));
    await heard[1]?.fail(new SpeechUnavailable('away'));
    await expect(interim).resolves.toBeUndefined();
    wait(6 * 60 * 60_000);
    while (heard.length < 3) await new Promise((done) => setTimeout(done, 20));
    await heard[2]?.answer('late, but whole');
    await expect(final).resolves.toMatchObject({ text: 'late, but whole' });
    expect(troubles).toHaveLength(1);
  });

  test('gives up what the engine refuses, and everything when it ends', async () => {
    const { captioner, heard, ask } = setUp();
    const refused = ask(true);
    const waiting = ask(true, { speaker: 'ben' });
    await heard[0]?.fail(new SpeechRejected('no'));
    await expect(refused).resolves.toBeUndefined();
    const behind = ask(true);
    captioner.stop();
    await expect(behind).resolves.toBeUndefined();
    await expect(waiting).resolves.toBeUndefined();
    await expect(ask(true)).resolves.toBeUndefined();
  });
});
