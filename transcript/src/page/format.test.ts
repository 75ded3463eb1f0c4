import { describe, expect, test } from '@jest/globals';
import { formatBytes } from './format.ts';
import { localeFor } from './use-locale.ts';

describe('formats', () => {
  test('size', () => {
    expect(formatBytes(999, 'en')).toBe('999 byte');
    expect(formatBytes(1_540_000, 'en')).toBe('1.5 MB');
  });

  test('times follow the region of the browser', () => {
    expect(localeFor('en', ['fr-FR', 'en-US'])).toBe('en-US');
    expect(localeFor('en', ['fr-FR'])).toBe('en-GB');
    expect(localeFor('fr', ['en-US'])).toBe('fr');
  });
});
