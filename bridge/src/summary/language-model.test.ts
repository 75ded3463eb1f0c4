import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLanguageModel, ModelBroken, ModelUnavailable } from './language-model.ts';

interface Asked {
  readonly path: string | undefined;
  readonly key: string | undefined;
  readonly body: { messages: { content: string }[]; response_format?: unknown; temperature: number };
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

const ask = (timeoutMs = 5_000) =>
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
  ).ask({ system: 'do', user: 'this' }, 500, new AbortController().signal);

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
    expect(asked[1]?.body.messages).toHaveLength(3);
    asked = [];
    answers = [saying('no'), saying('{"decisions":"many"}')];
    await expect(ask()).rejects.toThrow(ModelBroken);
    expect(asked).toHaveLength(2);
  });

  test('one without structured output is asked without', async () => {
    answers = [failing(400), saying('{}')];
    expect(await ask()).toEqual(EMPTY);
    expect(asked.map(({ body }) => body.response_format !== undefined)).toEqual([true, false]);
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
