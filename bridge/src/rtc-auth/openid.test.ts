import { expect, test } from '@jest/globals';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createOpenId } from './openid.ts';
import { theInternet } from './server-address.ts';

test('who is not let in is not looked up', async () => {
  const lookedUp: string[] = [];
  const openId = createOpenId({
    serverName: 'x',
    homeserver: { baseUrl: 'http://127.0.0.1:1' },
    homeservers: {},
    admits: (server) => !server.startsWith('denied'),
    log: createFakeOperations().log,
    internet: {
      ...theInternet,
      addresses: (name) => {
        lookedUp.push(name);
        return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
      },
      srv: () => Promise.resolve([]),
    },
  });
  const ask = (serverName: string) => openId.verify({ accessToken: 'token', serverName });
  await expect(ask('denied.example:443')).rejects.toMatchObject({ code: 'M_FORBIDDEN' });
  // An address that nobody is asked at: the guard of addresses is tested beside it.
  await expect(ask('other.example:443')).rejects.toMatchObject({ code: 'M_UNAUTHORIZED' });
  expect(lookedUp).toEqual(['other.example']);
  await openId.close();
});
