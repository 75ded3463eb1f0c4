import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import { createLanguageModel, ModelBroken, ModelUnavailable } from './language-model.ts';

interface Asked {
  readonly path: string | undefined;
  readonly key: string | undefined;
  readonly body: { messages: { role: string; content: string }[]; response_format?: unknown; temperature?: number };
}
let server: Server;
let asked: Asked[];
let answers: ((response: ServerResponse) => void)[];

const saying = (content: string) => (response: ServerResponse) =>
  void response.end(JSON.stringify({ choices: [{ message: { content } }] }));
const failing =
  (status: number, headers = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(status, { 'retry-after': '0', ...headers }).end();
const EMPTY = { purpose: undefined, decisions: [], actions: [], questions: [] };

beforeEach(async () => {
  asked = [];
  answers = [];
  server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push({ path: request.url, key: request.headers.authorization, body: JSON.parse(body) as Asked['body'] });
      (answers[asked.length - 1] ?? failing(500))(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const create = (timeoutMs = 5_000) =>
  createLanguageModel(
    {
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      apiKey: 'secret',
      model: 'small',
      operator: 'us',
      place: 'here',
      contextTokens: 8_000,
      timeoutMs,
    },
    50,
  );
const ask = (timeoutMs?: number, model = create(timeoutMs)) =>
  model.ask({ system: 'do', user: 'this' }, 500, new AbortController().signal);

describe('a language model', () => {
  test('that answers without end is cut off, and a very long text is cut at once', async () => {
    const gone: Promise<unknown>[] = [];
    const endless = (response: ServerResponse): void => {
      gone.push(new Promise((resolve) => response.on('close', resolve)));
      const more = (): void => {
        if (!response.destroyed && response.write('x'.repeat(100_000))) setImmediate(more);
      };
      response.on('drain', more);
      more();
    };
    answers = [endless, endless];
    await expect(ask(60_000)).rejects.toThrow(ModelBroken);
    await Promise.all(gone);
    asked = [];
    answers = [saying(JSON.stringify({ decisions: [{ text: 'x'.repeat(900_000), lines: [1] }] }))];
    const before = Date.now();
    expect((await ask()).decisions[0]?.text).toHaveLength(298);
    expect(Date.now() - before).toBeLessThan(5_000);
  });

  test('is asked for the object, with its key and without tools', async () => {
    answers = [saying('{"decisions":[]}')];
    expect(await ask()).toEqual(EMPTY);
    const [{ path, key, body } = { path: '', key: '', body: undefined }] = asked;
    expect([path, key]).toEqual(['/v1/chat/completions', 'Bearer secret']);
    expect(body).toMatchObject({ model: 'small', temperature: 0, response_format: { type: 'json_schema' } });
    expect(body).not.toHaveProperty('tools');
  });

  test('one broken answer is asked for again, two are the end', async () => {
    answers = [saying('Sure! Here are your minutes'), saying('{"actions":[]}')];
    expect(await ask()).toEqual(EMPTY);
    // Templates that want question and answer by turns refuse two questions.
    expect(asked.map(({ body }) => body.messages.map(({ role }) => role))).toEqual([
      ['system', 'user'],
      ['system', 'user'],
    ]);
    expect(asked[1]?.body).toMatchObject({ temperature: 0.4 });
    expect(asked[1]?.body.messages[1]?.content).toMatch(/^this\n\nYour last answer was not the JSON object/);
    asked = [];
    answers = [saying('no'), saying('{"decisions":"many"}')];
    await expect(ask()).rejects.toThrow(ModelBroken);
    expect(asked).toHaveLength(2);
  });

  test('one that refuses schema, system message or settings is only asked, from then on', async () => {
    answers = [failing(400), saying('Sure!'), saying('{}'), saying('{}')];
    const model = create();
    expect(await ask(undefined, model)).toEqual(EMPTY);
    expect(await ask(undefined, model)).toEqual(EMPTY);
    expect(asked.map(({ body }) => body.response_format !== undefined)).toEqual([true, false, false, false]);
    expect(asked[1]?.body).toEqual({ model: 'small', messages: [{ role: 'user', content: 'do\n\nthis' }] });
    expect(asked[2]?.body.messages).toHaveLength(1);
  });

  test('one that refuses that, too, is given up, and asked in full the next time', async () => {
    answers = [failing(400), failing(400), saying('{}')];
    const model = create();
    await expect(ask(undefined, model)).rejects.toThrow('refuses the question (400)');
    expect(asked).toHaveLength(2);
    await ask(undefined, model);
    expect(asked[2]?.body).toHaveProperty('response_format');
  });

  test.each([
    ['llama.cpp', { error: { code: 400, message: 'x', type: 'exceed_context_size_error', n_ctx: 2048 } }],
    ['vLLM', { object: 'error', message: "This model's maximum context length is 2048 tokens.", code: 400 }],
  ])('whose context is too small says so, as %s tells it', async (_, refusal) => {
    answers = [(response) => void response.writeHead(400).end(JSON.stringify(refusal))];
    await expect(ask()).rejects.toThrow('its context is smaller than contextTokens says');
    expect(asked).toHaveLength(1);
  });

  test('may think as long as it is given', async () => {
    const before = getGlobalDispatcher();
    setGlobalDispatcher(new Agent({ headersTimeout: 20, bodyTimeout: 20 }));
    // undici looks at its clock twice a second.
    const headersMs = 2_000;
    try {
      answers = [
        (response) => {
          setTimeout(() => response.write(' '), headersMs);
          setTimeout(() => {
            saying('{}')(response);
          }, 2 * headersMs);
        },
      ];
      expect(await ask(10_000)).toEqual(EMPTY);
      expect(asked).toHaveLength(1);
    } finally {
      setGlobalDispatcher(before);
    }
  }, 15_000);

  test('that thinks aloud is heard when it has done so', async () => {
    answers = [saying('<think>Maybe {"decisions": no…</think>\n```json\n{"decisions":[]}\n```')];
    expect(await ask()).toEqual(EMPTY);
  });

  test('that does not come to its end says so', async () => {
    const cutOff = (response: ServerResponse) =>
      void response.end(
        JSON.stringify({ choices: [{ finish_reason: 'length', message: { content: '{"decisions":[{"text":"a' } }] }),
      );
    answers = [cutOff, cutOff];
    await expect(ask()).rejects.toThrow('it did not come to its end');
  });

  test('that fails is asked twice; one that is slow is not waited for', async () => {
    answers = [failing(503), failing(429)];
    await expect(ask()).rejects.toThrow(ModelUnavailable);
    expect(asked).toHaveLength(2);
    asked = [];
    answers = [() => undefined, saying('{}')];
    // The first attempt is cut off, the second is answered.
    await expect(ask(300)).resolves.toEqual(EMPTY);
  });

  test('its words are in no error', async () => {
    answers = [saying('{"decisions":[{"text":5,"lines":[],"secret words":1}]}'), saying('secret words')];
    const error: unknown = await ask().catch((failure: unknown) => failure);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('secret words');
    expect((error as Error).cause).toBeUndefined();
  });

  test('leads nowhere else', async () => {
    answers = [failing(307, { location: 'http://127.0.0.1:1/' }), failing(307, { location: 'http://127.0.0.1:1/' })];
    await expect(ask()).rejects.toThrow(ModelUnavailable);
  });
});
