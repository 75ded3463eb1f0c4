import { describe, expect, test } from '@jest/globals';
import { en } from './en.ts';
import { formatDay, dayNumber } from './format.ts';
import { fr } from './fr.ts';
import { preferredLanguage } from './index.ts';

function flat(node: object, prefix = ''): [string, string][] {
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flat(value as object, `${prefix}${key}.`),
  );
}
const holes = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();

describe('catalogues', () => {
  const english = new Map(flat(en));
  const french = new Map(flat(fr));

  test('have the same keys', () => {
    expect([...french.keys()].sort()).toEqual([...english.keys()].sort());
  });

  test('leave no word empty and fill the same holes', () => {
    for (const [key, text] of english) {
      expect(text.trim()).not.toBe('');
      const other = french.get(key) ?? '';
      expect(other.trim()).not.toBe('');
      expect({ key, holes: holes(other) }).toEqual({ key, holes: holes(text) });
    }
  });
});

describe('language', () => {
  test('the first that we have words for, else English', () => {
    expect(preferredLanguage(['de-DE', 'fr-CA', 'en'])).toBe('fr');
    expect(preferredLanguage(['nl'])).toBe('en');
  });
});

describe('formats', () => {
  test('day', () => {
    const words = { today: 'today', yesterday: 'yesterday' };
    const noon = new Date(2026, 10, 20, 12).getTime();
    const today = dayNumber(noon);
    expect(formatDay(noon, today, 'en', words)).toBe('today');
    expect(formatDay(noon - 13 * 3_600_000, today, 'en', words)).toBe('yesterday');
    expect(formatDay(new Date(2025, 0, 3).getTime(), today, 'en-GB', words)).toContain('2025');
  });
});
