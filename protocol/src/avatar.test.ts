import { describe, expect, test } from '@jest/globals';
import { avatarTone, initialsOf } from './avatar.ts';

describe('avatars', () => {
  test.each([
    ['Alice Martin', 'AM'],
    ['Jean-Baptiste de la Salle', 'JS'],
    ['chloé', 'C'],
    ['Point 3: Budget', 'PB'],
    ['@bob:example.org', 'B'],
    ['@marie.curie:x', 'MC'],
    ['(Équipe) Budget 2027', 'É2'],
    ['🎉', '?'],
    ['', '?'],
  ])('%s is %s', (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });

  test('a person keeps their colour', () => {
    expect(avatarTone('@a:x')).toBe(avatarTone('@a:x'));
    expect(avatarTone('@a:x')).not.toBe(avatarTone('@b:x'));
  });
});
