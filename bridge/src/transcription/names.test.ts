import { describe, expect, test } from '@jest/globals';
import { shortName } from './names.ts';

describe('names', () => {
  test('of people stay as they are, in one line', () => {
    expect(shortName('Anne-Sophie  de\nLa Tour')).toBe('Anne-Sophie de La Tour');
    expect(shortName('x'.repeat(100))).toBe('x'.repeat(100));
    expect(shortName(' \n ')).toBe('');
  });

  test('that nobody bears are cut', () => {
    const name = shortName('Ünïcödé 𝒩 '.repeat(6_000));
    expect(Array.from(name).length).toBeLessThanOrEqual(100);
    expect(name.endsWith('…')).toBe(true);
  });

  test('are cut between graphemes, and inside one that never ends', () => {
    const family = '👩‍👩‍👧‍👦';
    const cut = shortName(family.repeat(50));
    expect(cut.replace('…', '').replaceAll(family, '')).toBe('');
    expect(cut.length).toBeGreaterThan(100);
    const tower = shortName(`Z${'\u0301'.repeat(30_000)}`);
    expect(Array.from(tower)).toHaveLength(100);
  });

  test('have no half of a character', () => {
    expect(shortName(`${'a'.repeat(1_999)}😀`).isWellFormed()).toBe(true);
    expect(shortName('\ud800 Bob').isWellFormed()).toBe(true);
  });
});
