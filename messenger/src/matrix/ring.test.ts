import { describe, expect, test } from '@jest/globals';
import { readRing } from './ring.ts';

const who = { sender: '@alice:x', myUserId: '@me:x', nowMs: 1_000_000 };
const content = { lifetime: 30_000, sender_ts: 999_000, 'm.mentions': { room: true } };

describe('readRing', () => {
  test('rings until the lifetime is over', () => {
    expect(readRing(content, 999_500, who)).toBe(1_029_000);
  });

  test('a sender whose clock is wrong is not believed', () => {
    expect(readRing({ ...content, sender_ts: 1 }, 999_500, who)).toBe(1_029_500);
  });

  test('nobody rings for hours', () => {
    expect(readRing({ ...content, lifetime: 1e9 }, 999_500, who)).toBe(999_000 + 300_000);
  });

  test.each([
    ['one’s own', content, { ...who, sender: '@me:x' }],
    ['over', content, { ...who, nowMs: 1_100_000 }],
    ['for somebody else', { ...content, 'm.mentions': { user_ids: ['@bob:x'] } }, who],
    ['without mentions', { lifetime: 30_000 }, who],
    ['malformed', { lifetime: 'long' }, who],
  ])('does not ring: %s', (_why, value, reader) => {
    expect(readRing(value, 999_500, reader)).toBeUndefined();
  });

  test('a mention by name is enough', () => {
    expect(readRing({ ...content, 'm.mentions': { user_ids: ['@me:x'] } }, 999_500, who)).toBe(1_029_000);
  });
});
