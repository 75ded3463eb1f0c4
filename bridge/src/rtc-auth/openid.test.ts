import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createOpenId } from './openid.ts';
import { theInternet } from './server-address.ts';

const { log } = createFakeOperations();
const never = Promise.withResolvers<never>();
let openId: ReturnType<typeof createOpenId>;

beforeEach(() => {
  openId = createOpenId({
    serverName: 'x',
    homeserver: { baseUrl: 'http://127.0.0.1:1' },
    homeservers: {},
    admits: (server) => server !== 'denied.example',
    log,
    internet: {
      ...theInternet,
      // What is slow on purpose never answers; every other name leads where nobody is asked.
      addresses: (name) =>
        name.startsWith('slow') ? never.promise : Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
      srv: () => Promise.resolve([]),
    },
  });
});
afterEach(() => openId.close());

/** The code of the refusal, undefined while there is no answer. */
async function ask(serverName: string): Promise<unknown> {
  const answer = openId.verify({ accessToken: 'token', serverName }).catch((error: unknown) => error);
  const refusal = await Promise.race([answer, new Promise((resolve) => setImmediate(resolve))]);
  return refusal === undefined ? undefined : (refusal as { code: string }).code;
}

test('one server that does not answer leaves room for the others', async () => {
  for (let count = 0; count < 32; count += 1) await expect(ask('slow.example:443')).resolves.toBeUndefined();
  await expect(ask('Slow.example:443')).resolves.toBe('M_LIMIT_EXCEEDED');
  await expect(ask('other.example:443')).resolves.toBe('M_UNAUTHORIZED');
});

test('what has been answered no longer counts', async () => {
  for (let count = 0; count < 40; count += 1) await expect(ask('other.example:443')).resolves.toBe('M_UNAUTHORIZED');
});

test('many of them together are bounded, too', async () => {
  for (let count = 0; count < 256; count += 1) await ask(`slow${count}.example:443`);
  await expect(ask('other.example:443')).resolves.toBe('M_LIMIT_EXCEEDED');
});

test('who is not let in is not looked up', async () => {
  await expect(ask('denied.example')).resolves.toBe('M_FORBIDDEN');
});
