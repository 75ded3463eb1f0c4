import { describe, expect, test } from '@jest/globals';
import { matchesServer, SERVER_PATTERN } from './server-pattern.ts';

describe('server patterns', () => {
  test.each([
    ['example.org', 'example.org', true],
    ['example.org', 'EXAMPLE.org', true],
    ['example.org', 'a.example.org', false],
    ['example.org', 'example.org:8448', false],
    ['localhost:8448', 'localhost:8448', true],
    ['*.example.org', 'a.example.org', true],
    ['*.example.org', 'a.b.example.org', true],
    ['*.example.org', 'example.org', false],
    ['*.example.org', '.example.org', false],
    ['*.example.org', 'evilexample.org', false],
    ['*.example.org', 'a.example.org.evil', false],
    ['*.example.org', 'a.example.org:8448', true],
    ['*.example.org', 'example.org:8448', false],
    ['*.example.org', 'a.example.org:evil', false],
    ['*.example.org:8448', 'a.example.org:8448', true],
    ['*.example.org:8448', 'a.example.org:8449', false],
    ['*.example.org:8448', 'a.example.org', false],
    ['*', 'anything.example', true],
  ])('%s and %s: %s', (pattern, server, matches) => {
    expect(matchesServer(pattern, server)).toBe(matches);
  });

  test.each(['', '*.', 'a.*.org', 'EXAMPLE.org', 'exa mple.org', 'https://example.org', '**', '.example.org'])(
    'is not a pattern: %s',
    (text) => {
      expect(SERVER_PATTERN.test(text)).toBe(false);
    },
  );
});
