import { describe, expect, test } from '@jest/globals';
import { createCaptioner, type CaptionRequest } from './captioner.ts';
import { SpeechRejected, SpeechUnavailable, type Recognised, type SpeechChain } from './engines/index.ts';
import { UTTERANCE_SAMPLE_RATE } from './utterances.ts';

interface Heard {
  readonly language: string | undefined;
  readonly interim: boolean | undefined;
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
    transcribe: ({ language, interim }) =>
      new Promise<Recognised>((resolve, reject) => {
        heard.push({
          language,
          interim,
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

  test('an interim text that waited too long is left out; a final one has more time', async () => {
    const { heard, ask, wait } = setUp();
    void ask(true);
    const interim = ask(false);
    const final = ask(true);
    wait(5_000);
    await heard[0]?.answer('one');
    await expect(interim).resolves.toBeUndefined();
    await heard[1]?.answer('two');
    await expect(final).resolves.toMatchObject({ text: 'two' });
  });

  test('finals do not pile up behind an engine that is slower than speech, nor behind one that hangs', async () => {
    const { heard, ask, wait } = setUp();
    void ask(true);
    const answers: unknown[] = [];
    for (let spoken = 0; spoken < 100; spoken += 1) {
      void ask(true).then((text) => answers.push(text));
      wait(1_000);
    }
    await new Promise((done) => setImmediate(done));
    expect(heard).toHaveLength(1);
    expect(answers).toHaveLength(100 - 31);
    expect(new Set(answers)).toEqual(new Set([undefined]));
    await heard[0]?.answer('one');
    await heard[1]?.answer('two');
    expect(answers.at(-1)).toMatchObject({ text: 'two' });
  });

  test('tells the engine what the speaker set, else what it found before', async () => {
    const { captioner, heard, ask } = setUp();
    void ask(true, { language: 'de' });
    await heard[0]?.answer('Guten Tag');
    void ask(true);
    await heard[1]?.answer('Bonjour');
    void ask(false);
    expect(heard.map(({ language }) => language)).toEqual(['de', undefined, 'fr']);
    await heard[2]?.answer('Bon');
    captioner.forget('anna');
    void ask(false);
    expect(heard[3]?.language).toBeUndefined();
  });

  test('while the engine is away finals wait for it and interim texts do not; one word about it', async () => {
    const { heard, ask, troubles } = setUp();
    const final = ask(true);
    const interim = ask(false);
    await heard[0]?.fail(new SpeechUnavailable('away'));
    await heard[1]?.fail(new SpeechUnavailable('away'));
    await expect(interim).resolves.toBeUndefined();
    while (heard.length < 3) await new Promise((done) => setTimeout(done, 20));
    await heard[2]?.answer('late, but whole');
    await expect(final).resolves.toMatchObject({ text: 'late, but whole' });
    expect(troubles).toHaveLength(1);
  });

  test('gives up what the engine refuses, and everything when it ends', async () => {
    const { captioner, heard, ask } = setUp();
    const refused = ask(true);
    const waiting = ask(true);
    await heard[0]?.fail(new SpeechRejected('no'));
    await expect(refused).resolves.toBeUndefined();
    const behind = ask(true);
    captioner.stop();
    await expect(behind).resolves.toBeUndefined();
    await heard[1]?.answer('still');
    await expect(waiting).resolves.toMatchObject({ text: 'still' });
    await expect(ask(true)).resolves.toBeUndefined();
  });
});
