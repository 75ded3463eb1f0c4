import { describe, expect, jest, test } from '@jest/globals';
import { createSpeechChain, SpeechUnsuited, type ChainRequest, type ConfiguredEngine } from './chain.ts';
import { SpeechRejected, SpeechUnavailable, type ModelFacts, type SpeechEngine } from './engine.ts';

const REQUEST: ChainRequest = {
  track: 'run @alice:hs',
  pcm: new Int16Array(16_000),
  sampleRate: 16_000,
  language: undefined,
  expected: undefined,
  words: true,
  interim: false,
};

/** Of an engine that tells voices apart, and takes its time. */
const DIARIZING = { wordTimes: true, languageDetection: true, diarization: true, streaming: false, interim: false };

/** An engine that does as it is told; after it, its time has passed. */
function engineCalled(model: string) {
  const state = {
    fails: undefined as Error | undefined,
    takesMs: 0,
    healthy: true,
    asked: 0,
    /** Aborted while it is at work. */
    givenUp: undefined as AbortController | undefined,
    facts: {} as ModelFacts | Error,
    forgotten: [] as string[],
    toldLast: undefined as string | undefined,
  };
  return { model, state };
}
type Made = ReturnType<typeof engineCalled> & { readonly change?: Partial<ConfiguredEngine & SpeechEngine> };

function chainOf(...made: readonly Made[]) {
  let nowMs = 0;
  const changes: string[] = [];
  const links = made.map(({ model, state, change = {} }): ConfiguredEngine => {
    const { languages, capabilities, ...configured } = change;
    return {
      address: 'http://127.0.0.1:8609',
      operator: undefined,
      place: undefined,
      version: undefined,
      sha256: undefined,
      lastResort: false,
      captions: true,
      ...configured,
      engine: {
        model,
        languages,
        capabilities: capabilities ?? {
          wordTimes: true,
          languageDetection: true,
          diarization: false,
          streaming: false,
          interim: true,
        },
        transcribe: ({ language }) => {
          state.asked += 1;
          state.toldLast = language;
          nowMs += state.takesMs;
          state.givenUp?.abort();
          if (state.fails !== undefined) return Promise.reject(state.fails);
          return Promise.resolve({ text: `by ${model}`, language: 'en', words: [] });
        },
        isHealthy: () => Promise.resolve(state.healthy),
        describe: () => (state.facts instanceof Error ? Promise.reject(state.facts) : Promise.resolve(state.facts)),
        forget: (prefix) => void state.forgotten.push(prefix),
        close: () => undefined,
      },
    };
  });
  const chain = createSpeechChain(
    links,
    () => nowMs,
    (position, works) => changes.push(`${position} ${works ? 'works' : 'is left out'}`),
  );
  const text = async (change: Partial<ChainRequest> = {}) => (await chain.transcribe({ ...REQUEST, ...change })).text;
  return { chain, text, changes, wait: (ms: number) => (nowMs += ms) };
}

describe('a chain of speech engines', () => {
  test('asks the first; when it fails the next has the same sound, and soon the first is not asked any more', async () => {
    const [first, second] = [engineCalled('large'), engineCalled('base')];
    const { text, changes } = chainOf(first, second);
    await expect(text()).resolves.toBe('by large');
    first.state.fails = new SpeechUnavailable('gone');
    for (let spoken = 0; spoken < 5; spoken += 1) await expect(text()).resolves.toBe('by base');
    expect(first.state.asked).toBe(3);
    expect(changes).toEqual(['1 is left out']);
  });

  test('one that was left out is asked again when it says it is well, by one request at a time', async () => {
    const [first, second] = [engineCalled('large'), engineCalled('base')];
    const { text, changes, wait } = chainOf(first, second);
    first.state.fails = new SpeechUnavailable('gone');
    first.state.healthy = false;
    await text();
    await text();
    wait(1_001);
    await expect(text()).resolves.toBe('by base');
    expect(first.state.asked).toBe(2);
    // It was not well: the pause is longer now.
    first.state.healthy = true;
    wait(1_001);
    await text();
    expect(first.state.asked).toBe(2);
    wait(1_001);
    await text();
    expect(first.state.asked).toBe(3);
    first.state.fails = undefined;
    wait(8_001);
    await expect(Promise.all([text(), text()])).resolves.toEqual(['by large', 'by base']);
    await expect(text()).resolves.toBe('by large');
    expect(changes).toEqual(['1 is left out', '1 works']);
  });

  test('a single accident leaves nobody out', async () => {
    const [first, second] = [engineCalled('large'), engineCalled('base')];
    const { text, changes } = chainOf(first, second);
    for (let round = 0; round < 3; round += 1) {
      first.state.fails = new SpeechUnavailable('once');
      await text();
      first.state.fails = undefined;
      await text();
    }
    expect(changes).toEqual([]);
  });

  test('one that is slow again and again gives way, unless nobody else is there', async () => {
    const [first, second] = [engineCalled('large'), engineCalled('base')];
    first.state.takesMs = 5_000;
    const { text } = chainOf(first, second);
    expect([await text(), await text(), await text(), await text()]).toEqual([
      'by large',
      'by large',
      'by large',
      'by base',
    ]);
    const only = engineCalled('only');
    only.state.takesMs = 8_000;
    const alone = chainOf(only, { ...engineCalled('tiny.en'), change: { lastResort: true } });
    for (let spoken = 0; spoken < 5; spoken += 1) await expect(alone.text()).resolves.toBe('by only');
  });

  test('sound that one engine refuses is offered to the next, and is nobody else’s fault', async () => {
    const [first, second] = [engineCalled('large'), engineCalled('base')];
    first.state.fails = new SpeechRejected('no');
    const { text, changes } = chainOf(first, second);
    for (let spoken = 0; spoken < 4; spoken += 1) await expect(text()).resolves.toBe('by base');
    second.state.fails = new SpeechRejected('no');
    await expect(text()).rejects.toThrow(SpeechRejected);
    expect(changes).toEqual([]);
  });

  test('sound that is refused while a better engine is away waits for that one', async () => {
    const [large, tiny] = [engineCalled('large'), engineCalled('tiny.en')];
    const { text, wait } = chainOf(large, { ...tiny, change: { lastResort: true } });
    large.state.fails = new SpeechUnavailable('gone');
    tiny.state.fails = new SpeechRejected('no');
    // It fails; then it is left out and not even asked.
    for (let spoken = 0; spoken < 3; spoken += 1) await expect(text()).rejects.toThrow(SpeechUnsuited);
    expect(large.state.asked).toBe(2);
    await expect(text({ words: false })).rejects.toThrow(SpeechRejected);
    large.state.fails = undefined;
    wait(1_001);
    await expect(text()).resolves.toBe('by large');
    // The last resort takes nothing that a better one refuses.
    large.state.fails = new SpeechRejected('no');
    tiny.state.fails = new SpeechUnavailable('gone');
    await expect(text()).rejects.toThrow(SpeechRejected);
  });

  test('an engine is not given a language that it does not know, if it is known', async () => {
    const [first, tiny] = [engineCalled('base'), engineCalled('tiny.en')];
    const { text } = chainOf(first, { ...tiny, change: { languages: ['en'], lastResort: true } });
    first.state.fails = new SpeechUnavailable('gone');
    await expect(text()).resolves.toBe('by tiny.en');
    await expect(text({ expected: 'en' })).resolves.toBe('by tiny.en');
    await expect(text({ language: 'fr' })).rejects.toThrow(SpeechUnsuited);
    await expect(text({ expected: 'fr' })).rejects.toThrow(SpeechUnsuited);
    tiny.state.fails = new SpeechUnavailable('gone');
    await expect(text()).rejects.toThrow(SpeechUnavailable);
  });

  test('a language that none of them knows is no reason to wait, and is not told', async () => {
    const tiny = engineCalled('tiny.en');
    const { text } = chainOf({ ...tiny, change: { languages: ['en'], lastResort: true } });
    await expect(text({ language: 'fr', expected: 'fr' })).resolves.toBe('by tiny.en');
    expect(tiny.state.toldLast).toBeUndefined();
    await expect(text({ language: 'en' })).resolves.toBe('by tiny.en');
    expect(tiny.state.toldLast).toBe('en');
  });

  test('the last resort does not keep a better engine from coming back', async () => {
    const [base, tiny] = [engineCalled('base'), engineCalled('tiny.en')];
    const { text, wait } = chainOf(base, { ...tiny, change: { lastResort: true } });
    base.state.fails = new SpeechUnavailable('gone');
    // However often it has failed, it is asked again after a second.
    for (let spoken = 1; spoken <= 6; spoken += 1) {
      await expect(text()).resolves.toBe('by tiny.en');
      expect(base.state.asked).toBe(spoken);
      wait(1_000);
    }
    base.state.fails = undefined;
    await expect(text()).resolves.toBe('by base');
  });

  test('captions go to engines that are meant for them, interim text to those that are quick', async () => {
    const { text } = chainOf(
      { ...engineCalled('meetings'), change: { captions: false } },
      { ...engineCalled('diarizing'), change: { capabilities: DIARIZING } },
      engineCalled('base'),
    );
    await expect(text()).resolves.toBe('by meetings');
    await expect(text({ words: false })).resolves.toBe('by diarizing');
    await expect(text({ words: false, interim: true })).resolves.toBe('by base');
  });

  test('interim text is not made by an engine that does not know the language while another makes the final', async () => {
    const { text } = chainOf(
      { ...engineCalled('diarizing'), change: { capabilities: DIARIZING } },
      { ...engineCalled('tiny.en'), change: { languages: ['en'], lastResort: true } },
    );
    const french = { words: false, language: 'fr' };
    await expect(text({ ...french, interim: true })).rejects.toThrow(SpeechUnsuited);
    await expect(text(french)).resolves.toBe('by diarizing');
  });

  test('says where text comes from: what is configured, else what the engine says; asked anew when it was away', async () => {
    const [first, second] = [engineCalled('large'), engineCalled('base')];
    const address = 'https://speech.example.org/v2';
    const { chain, wait } = chainOf(
      { ...first, change: { address, operator: 'Example', sha256: 'cd'.repeat(32) } },
      { ...second, change: { address: 'http://localhost:1', lastResort: true } },
    );
    first.state.facts = { version: '3', sha256: 'ab'.repeat(32) };
    const large = { model: 'large', sha256: 'cd'.repeat(32), place: 'speech.example.org', operator: 'Example' };
    await expect(chain.transcribe(REQUEST)).resolves.toMatchObject({ by: { ...large, version: '3' } });
    first.state.facts = { version: '4' };
    await expect(chain.transcribe(REQUEST)).resolves.toMatchObject({ by: { version: '3' } });
    first.state.fails = new SpeechUnavailable('gone');
    const inItsPlace = await chain.transcribe(REQUEST);
    expect(inItsPlace.by).toEqual({ model: 'base', place: 'loopback', last_resort: true });
    await chain.transcribe(REQUEST);
    first.state.fails = undefined;
    wait(1_001);
    await expect(chain.transcribe(REQUEST)).resolves.toMatchObject({ by: { ...large, version: '4' } });
  });

  test('one that could not say what its model is is asked again, and not with each text', async () => {
    const large = engineCalled('large');
    const { chain, wait } = chainOf(large);
    const by = async () => (await chain.transcribe(REQUEST)).by;
    large.state.facts = new Error('busy');
    await expect(by()).resolves.toEqual({ model: 'large', place: 'loopback' });
    large.state.facts = { version: '3' };
    await expect(by()).resolves.toEqual({ model: 'large', place: 'loopback' });
    wait(10_000);
    await expect(by()).resolves.toMatchObject({ version: '3' });
    large.state.facts = { version: '4' };
    wait(60_000);
    await expect(by()).resolves.toMatchObject({ version: '3' });
  });

  test('an endpoint that hangs is given time in proportion to the sound, and no more', async () => {
    const timeout = jest.spyOn(AbortSignal, 'timeout');
    const { text } = chainOf(engineCalled('large'));
    await text({ pcm: new Int16Array(12 * 16_000) });
    expect(timeout.mock.calls[0]).toEqual([58_000]);
    timeout.mockClear();
    // Less where somebody else can do it as well.
    await chainOf(engineCalled('large'), engineCalled('base')).text({ pcm: new Int16Array(12 * 16_000) });
    expect(timeout.mock.calls[0]).toEqual([29_000]);
    timeout.mockRestore();
  });

  test('what nobody waits for any more goes to no other engine, and counts against none', async () => {
    const [first, second] = [engineCalled('large'), engineCalled('base')];
    const { chain, text, changes } = chainOf(first, second);
    first.state.fails = new SpeechUnavailable('the request was aborted');
    for (let spoken = 0; spoken < 5; spoken += 1) {
      const waiting = new AbortController();
      first.state.givenUp = waiting;
      await expect(chain.transcribe(REQUEST, waiting.signal)).rejects.toThrow();
    }
    const [asked] = [first.state.asked];
    await expect(chain.transcribe(REQUEST, AbortSignal.abort())).rejects.toThrow();
    expect([asked, first.state.asked, second.state.asked, changes]).toEqual([5, 5, 0, []]);
    first.state.fails = undefined;
    await expect(text()).resolves.toBe('by large');
  });

  test('a look at an engine that was away, given up, is not the last one', async () => {
    const large = engineCalled('large');
    const { chain, text, changes, wait } = chainOf(large);
    large.state.fails = new SpeechUnavailable('gone');
    await expect(text()).rejects.toThrow();
    await expect(text()).rejects.toThrow();
    wait(60_000);
    const waiting = new AbortController();
    large.state.givenUp = waiting;
    await expect(chain.transcribe(REQUEST, waiting.signal)).rejects.toThrow();
    large.state.fails = undefined;
    await expect(text()).resolves.toBe('by large');
    expect(changes).toEqual(['1 is left out', '1 works']);
  });

  test('tells all of them which tracks are gone', () => {
    const [first, second] = [engineCalled('large'), engineCalled('base')];
    chainOf(first, second).chain.forget('run');
    expect([first.state.forgotten, second.state.forgotten]).toEqual([['run'], ['run']]);
  });
});
