import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  DEVICE_ID_PATTERN,
  isNameable,
  hashedIdentity,
  livekitRoomName,
  plainIdentity,
  serverOf,
  USER_ID_PATTERN,
} from './identity.ts';

describe('names on the SFU', () => {
  // Vectors of lk-jwt-service, recomputed for docs in reference/matrixrtc.md 1.6.
  test('room name and hashed identity match the published vectors', () => {
    expect(livekitRoomName('!roomid:example.com', 'slot1234')).toBe('O8437W3+jmzMVjoIP3tNwbm+XxHQk2iKpOA7aqw3qSc');
    expect(hashedIdentity('@alice:example.com', 'DEVICE123', 'memberABC')).toBe(
      'J+T45tGruxc+HrUOqJJlyQSV33m728Cme4+vt8/SWrU',
    );
  });

  test('a device id cannot hold a colon, so plain identities are unambiguous', () => {
    expect(plainIdentity('@a:x', 'D')).toBe('@a:x:D');
    expect(DEVICE_ID_PATTERN.test('A:B')).toBe(false);
    expect(DEVICE_ID_PATTERN.test('')).toBe(false);
    expect(DEVICE_ID_PATTERN.test('ABCDEF!')).toBe(false);
    expect(DEVICE_ID_PATTERN.test('ABCDEF-.~=+/1')).toBe(true);
  });

  test.each<[string, boolean]>([
    ['@alice:example.com', true],
    ['@Émile+été/1:localhost:8448', true],
    ['@a:x', true],
    [`@${'a'.repeat(252)}:x`, true],
    [`@${'a'.repeat(253)}:x`, false],
    ['alice:x', false],
    ['@alice', false],
    ['@:x', false],
    ['@a b:x', false],
    ['@a\0:x', false],
    ['@a:x\0', false],
    ['@a:x\n', false],
  ])('user id %j: %j', (userId, good) => {
    expect(USER_ID_PATTERN.test(userId)).toBe(good);
  });

  const unit = fc.constantFrom('a', 'D', '8', ':', ':', '|', '_', '/', '\n', 'é');

  test('a name is that of one pair at most, wherever it is cut in two', () => {
    const named = new Set<number>();
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
        const name = `@a:${text}`;
        const cuts = [...name.matchAll(/:/g)].map(({ index }) => index);
        const pairs = cuts.map((at) => [name.slice(0, at), name.slice(at + 1)] as const);
        const nameable = pairs.filter(([userId, deviceId]) => isNameable(userId, deviceId));
        for (const [userId, deviceId] of nameable) expect(plainIdentity(userId, deviceId)).toBe(name);
        named.add(nameable.length);
        expect(nameable.length).toBeLessThanOrEqual(1);
      }),
    );
    expect(named).toContain(1);
  });

  test.each([
    ['@a:host', '8448:D'],
    ['@a:host', 'D|E'],
    ['@a:host', 'D\nE'],
    ['@a:host', 'D\u202eE'],
    ['@a:host', ''],
    ['@a:host', 'D'.repeat(256)],
    ['@a b:host', 'D'],
    ['nobody', 'D'],
  ])('%j on %j has none', (userId, deviceId) => {
    expect(isNameable(userId, deviceId)).toBe(false);
  });

  test('server part keeps the port', () => {
    expect(serverOf('@alice:localhost:8448')).toBe('localhost:8448');
    expect(serverOf('@alice')).toBeUndefined();
    expect(serverOf('@alice:')).toBeUndefined();
  });
});
