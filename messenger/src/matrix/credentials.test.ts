import { expect, test } from '@jest/globals';
import { clearCredentials, readCredentials, writeCredentials } from './credentials.ts';
import type { KeyValueStore } from './credentials.ts';

function memory(): KeyValueStore {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

test('a session survives a reload, and a sign-out ends it', () => {
  const storage = memory();
  const credentials = { userId: '@a:x', deviceId: 'D', accessToken: 't' };
  expect(readCredentials(storage)).toBeUndefined();
  writeCredentials(storage, credentials);
  expect(readCredentials(storage)).toEqual(credentials);
  clearCredentials(storage);
  expect(readCredentials(storage)).toBeUndefined();
});

test('a damaged session counts as none', () => {
  const storage = memory();
  storage.setItem('palabre.session', '{"userId":1');
  expect(readCredentials(storage)).toBeUndefined();
  expect(storage.getItem('palabre.session')).toBeNull();
});
