import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createClient, MatrixEvent, MatrixEventEvent } from 'matrix-js-sdk';
import { DecryptionError } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import { DecryptionFailureCode } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { createLateKeys } from './late-keys.ts';

beforeEach(() => {
  jest.useFakeTimers();
  // The SDK talks about each failure.
  for (const level of ['debug', 'info', 'warn', 'error'] as const)
    jest.spyOn(console, level).mockImplementation(() => undefined);
});
afterEach(() => {
  jest.useRealTimers();
});

/** A client whose crypto has no key until it is given one. */
function openPage(code = DecryptionFailureCode.HISTORICAL_MESSAGE_WORKING_BACKUP) {
  const looks: string[] = [];
  const keys = new Set<string>();
  const client = createClient({ baseUrl: 'https://home.example' });
  const crypto = {
    decryptEvent: (event: MatrixEvent) => {
      const id = event.getId() ?? '';
      looks.push(id);
      return keys.has(id)
        ? Promise.resolve({ clearEvent: { type: 'm.room.message', content: { body: 'words' } } })
        : Promise.reject(new DecryptionError(code, 'no key'));
    },
  } as unknown as CryptoBackend;
  client.getCrypto = () => crypto;
  const lateKeys = createLateKeys(client);
  /** As sync does: the first look is the SDK's. */
  const arrive = async (id: string): Promise<MatrixEvent> => {
    const event = new MatrixEvent({ event_id: id, room_id: '!r:x', type: 'm.room.encrypted', content: {} });
    event.on(MatrixEventEvent.Decrypted, (...values) => client.emit(MatrixEventEvent.Decrypted, ...values));
    await event.attemptDecryption(crypto);
    return event;
  };
  return { lateKeys, looks, keys, arrive };
}

test('a key that comes a while after its message is found by a later look, and that is the last', async () => {
  const { keys, looks, arrive } = openPage();
  const event = await arrive('$1');
  await jest.advanceTimersByTimeAsync(6_000);
  expect([looks.length, event.isDecryptionFailure()]).toEqual([2, true]);
  keys.add('$1');
  await jest.advanceTimersByTimeAsync(12_000);
  expect(event.getContent()).toEqual({ body: 'words' });
  await jest.advanceTimersByTimeAsync(600_000);
  expect(looks).toHaveLength(3);
});

test('a key that never comes is given up', async () => {
  const { looks, arrive } = openPage();
  await arrive('$1');
  await jest.advanceTimersByTimeAsync(600_000);
  expect(looks).toHaveLength(5);
  expect(jest.getTimerCount()).toBe(0);
});

test('fifty messages wait at most', async () => {
  const { looks, arrive } = openPage();
  for (let index = 0; index < 60; index += 1) await arrive(`$${index}`);
  await jest.advanceTimersByTimeAsync(6_000);
  expect(looks).toHaveLength(60 + 50);
});

test('what the backup has no part in is not looked for again', async () => {
  const { arrive } = openPage(DecryptionFailureCode.MEGOLM_UNKNOWN_INBOUND_SESSION_ID);
  await arrive('$1');
  expect(jest.getTimerCount()).toBe(0);
});

test('nothing is looked for once it is closed', async () => {
  const { lateKeys, looks, arrive } = openPage();
  await arrive('$1');
  lateKeys.close();
  expect(jest.getTimerCount()).toBe(0);
  await arrive('$2');
  await jest.advanceTimersByTimeAsync(600_000);
  expect(looks).toEqual(['$1', '$2']);
});
