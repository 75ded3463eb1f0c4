import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { SpeechRejected, SpeechUnavailable, type SpeechRequest } from './engine.ts';
import { startHttpEngine, type FakeHttpEngine } from './fake-speech-servers.ts';
import { createOpenAiEngine } from './openai.ts';

const SECOND = 16_000;
const REQUEST: SpeechRequest = {
  track: 'run @alice:hs',
  pcm: new Int16Array(3 * SECOND).fill(7),
  sampleRate: SECOND,
  language: undefined,
  words: true,
  interim: false,
};
const soon = (milliseconds = 1_500) => AbortSignal.timeout(milliseconds);

let server: FakeHttpEngine;
afterEach(() => server.close());

async function engineThat(answer: Parameters<typeof startHttpEngine>[0], languages?: readonly string[]) {
  server = await startHttpEngine(answer);
  return createOpenAiEngine({ baseUrl: server.url, apiKey: 'a key', model: 'large', languages });
}

describe('an endpoint in the shape of OpenAI', () => {
  test('is sent the sound with what it needs to know, and gives text, words and language', async () => {
    const engine = await engineThat(() => ({
      text: ' bonjour\nà tous ',
      language: 'french',
      words: [
        { word: 'bonjour', start: 0.1, end: 0.6 },
        { word: 'à tous', start: 0.6, end: 3.2 },
      ],
    }));
    const spoken = await engine.transcribe({ ...REQUEST, language: 'fr' }, soon());
    expect(spoken).toEqual({
      text: 'bonjour à tous',
      language: 'fr',
      words: [
        { word: 'bonjour', startMs: 100, endMs: 600 },
        { word: 'à tous', startMs: 600, endMs: 3_000 },
      ],
    });
    expect(server.asked[0]).toMatchObject({
      path: '/v1/audio/transcriptions',
      headers: { authorization: 'Bearer a key' },
      fields: {
        model: ['large'],
        response_format: ['verbose_json'],
        language: ['fr'],
        'timestamp_granularities[]': ['word'],
      },
      pcm: REQUEST.pcm,
    });
  });

  test('may give the words with its segments, and its tokens as words, as whisper.cpp does', async () => {
    const piece = (word: string, start: number, end: number) => ({ word, start, end, probability: 0.9 });
    const engine = await engineThat(() => ({
      task: 'transcribe',
      language: 'polish',
      text: ' Dzień dobry. Ann',
      segments: [
        {
          id: 0,
          text: ' Dzień dobry.',
          words: [piece(' Dzi', 0, 0.2), piece('eń', 0.2, 0.4), piece(' dobry', 0.5, 0.9)],
        },
        { id: 1, text: ' Ann', words: [piece(' Ann', 1.2, 1.5), { word: ' 12' }] },
      ],
    }));
    await expect(engine.transcribe(REQUEST, soon())).resolves.toEqual({
      text: 'Dzień dobry. Ann',
      language: 'pl',
      words: [
        { word: 'Dzień', startMs: 0, endMs: 400 },
        { word: 'dobry', startMs: 500, endMs: 900 },
        { word: 'Ann', startMs: 1_200, endMs: 1_500 },
      ],
    });
    await expect(engine.transcribe({ ...REQUEST, words: false }, soon())).resolves.toMatchObject({ words: [] });
  });

  test.each([
    [' [BLANK_AUDIO]\n', ''],
    ['(soft music)', ''],
    ['*coughs*', ''],
    ['[BLANK_AUDIO] Hello. [MUSIC]', 'Hello.'],
    ['Hello (again).', 'Hello (again).'],
  ])('says %p where nobody speaks: %p is what was said', async (text, spoken) => {
    const pieces = text.split(/(?=[ A_)\]])/).map((word, index) => ({ word, start: index / 10, end: index / 10 }));
    const engine = await engineThat(() => ({ text, segments: [{ words: pieces }] }));
    const answer = await engine.transcribe(REQUEST, soon());
    expect(answer.text).toBe(spoken);
    expect(answer.words.map(({ word }) => word).join(' ')).toBe(spoken);
  });

  test('is told which text is only in between, and then gives no words', async () => {
    const engine = await engineThat(() => ({ text: 'so far' }));
    await engine.transcribe({ ...REQUEST, words: false, interim: true }, soon());
    expect(server.asked[0]?.headers['x-palabre-priority']).toBe('partial');
    expect(server.asked[0]?.fields['timestamp_granularities[]']).toBeUndefined();
  });

  test('with a single language is told it, and finds none', async () => {
    const engine = await engineThat(() => ({ text: 'hello' }), ['en']);
    expect(engine.capabilities.languageDetection).toBe(false);
    await expect(engine.transcribe(REQUEST, soon())).resolves.toMatchObject({ language: 'en' });
    expect(server.asked[0]?.fields['language']).toEqual(['en']);
  });

  test.each([500, 503, 429, 401, 402, 403, 404, 405, 410, 426, 451])(
    '%d: another engine, or another time',
    async (status) => {
      const engine = await engineThat((_asked, response) => void response.writeHead(status).end('{}'));
      await expect(engine.transcribe(REQUEST, soon())).rejects.toThrow(SpeechUnavailable);
    },
  );

  test.each([400, 413, 415, 422])('%d: this sound will never be taken', async (status) => {
    const engine = await engineThat((_asked, response) => void response.writeHead(status).end('{}'));
    await expect(engine.transcribe(REQUEST, soon())).rejects.toThrow(SpeechRejected);
  });

  test('one that has never taken anything and refuses another sound, too, refuses all: that is about no sound', async () => {
    let status = 400;
    const engine = await engineThat((_asked, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"text":"hello"}');
    });
    const other = { ...REQUEST, pcm: new Int16Array(2 * SECOND).fill(9) };
    await expect(engine.transcribe(REQUEST, soon())).rejects.toThrow(SpeechRejected);
    await expect(engine.transcribe(REQUEST, soon())).rejects.toThrow(SpeechRejected);
    for (let again = 0; again < 2; again += 1) {
      await expect(engine.transcribe(other, soon())).rejects.toThrow(SpeechUnavailable);
    }
    status = 200;
    await expect(engine.transcribe(other, soon())).resolves.toMatchObject({ text: 'hello' });
    // It takes some: what it refuses now, it refuses for itself.
    status = 400;
    await expect(engine.transcribe(other, soon())).rejects.toThrow(SpeechRejected);
  });

  test.each<[string, (asked: unknown, response: ServerResponse) => unknown]>([
    ['does not answer', () => undefined],
    ['hangs up', (_asked, response) => void response.destroy()],
    [
      'ends in the middle of its answer',
      (_asked, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"text":"hal');
        setTimeout(() => response.destroy(), 20);
      },
    ],
    ['stops in the middle', (_asked, response) => void response.write('{')],
    ['says something else', () => ({ error: 'none' })],
    ['gives times that are none', () => ({ text: 'a', words: [{ word: 'a', start: 'soon', end: null }] })],
    ['sends elsewhere', (_asked, response) => void response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end()],
    [
      'never ends',
      (_asked, response) => {
        const more = () => {
          if (!response.destroyed) response.write(' '.repeat(1_000_000), () => setImmediate(more));
        };
        more();
      },
    ],
  ])('a server that %s is unavailable', async (_what, answer) => {
    const engine = await engineThat(answer);
    await expect(engine.transcribe(REQUEST, soon(500))).rejects.toThrow(SpeechUnavailable);
  });

  test.each([
    ['negative', [{ word: 'a', start: -5, end: 1 }]],
    ['after the end', [{ word: 'a', start: 1, end: 70 }]],
    ['backwards', [{ word: 'a', start: 2, end: 1 }]],
    [
      'out of order',
      [
        { word: 'a', start: 2.5, end: 2.6 },
        { word: 'b', start: 0, end: 0.5 },
      ],
    ],
  ])('times that are %s are no times; the text stays', async (_what, words) => {
    const engine = await engineThat(() => ({ text: 'a b', words }));
    await expect(engine.transcribe(REQUEST, soon())).resolves.toMatchObject({ text: 'a b', words: [] });
  });

  test('text that nobody can say in three seconds is refused', async () => {
    const engine = await engineThat(() => ({ text: 'again and '.repeat(50) }));
    await expect(engine.transcribe(REQUEST, soon())).rejects.toThrow(SpeechRejected);
  });

  test('says whether it is well: by its health, else by its models', async () => {
    let status = 200;
    let models = 200;
    const engine = await engineThat((asked, response) => {
      response.writeHead(asked.path === '/health' ? status : models).end('{}');
    });
    await expect(engine.isHealthy(soon())).resolves.toBe(true);
    status = 503;
    await expect(engine.isHealthy(soon())).resolves.toBe(false);
    status = 404;
    await expect(engine.isHealthy(soon())).resolves.toBe(true);
    models = 500;
    await expect(engine.isHealthy(soon())).resolves.toBe(false);
  });

  test('its model is what it says of that model, as far as that can be true', async () => {
    let status = 200;
    let data: unknown = [
      { id: 'large', version: '3.1', sha256: 'ab'.repeat(32) },
      { id: 'other', version: '9' },
    ];
    const engine = await engineThat((_asked, response) => {
      response.statusCode = status;
      return { data };
    });
    await expect(engine.describe(soon())).resolves.toEqual({ version: '3.1', sha256: 'ab'.repeat(32) });
    data = [{ id: 'large', version: 3, sha256: 'secret' }];
    await expect(engine.describe(soon())).resolves.toEqual({});
    data = 'none';
    await expect(engine.describe(soon())).resolves.toEqual({});
    status = 404;
    await expect(engine.describe(soon())).resolves.toEqual({});
    status = 503;
    await expect(engine.describe(soon())).rejects.toThrow(SpeechUnavailable);
  });
});
