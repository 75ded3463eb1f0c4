import { describe, expect, test } from '@jest/globals';
import { colourOf, initialsOf } from './avatar.tsx';

describe('avatars', () => {
  test.each([
    ['Alice Martin', 'AM'],
    ['Jean-Baptiste de la Salle', 'JS'],
    ['chloé', 'C'],
    ['@bob:example.org', 'B'],
    ['@marie.curie:x', 'MC'],
    ['(Équipe) Budget 2027', 'É2'],
    ['🎉', '?'],
    ['', '?'],
  ])('%s is %s', (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });

  test('a person keeps their colour', () => {
    expect(colourOf('@a:x')).toBe(colourOf('@a:x'));
  });
});
