import { expect, test } from '@jest/globals';
import { frenchSpaces } from './french.ts';

test('no line breaks before a sign, nor inside of quotation marks', () => {
  expect(frenchSpaces('Quitter « {{name}} » ? Oui : maintenant ; vite !')).toBe(
    'Quitter «\u00a0{{name}}\u00a0»\u202f? Oui\u00a0: maintenant\u202f; vite\u202f!',
  );
});

test('everything that a catalogue holds, and what its functions say', () => {
  const words = frenchSpaces({ who: { label: 'Qui :' }, said: (name: string) => [`${name} : entrée`], count: 1 });
  expect(words.who.label).toBe('Qui\u00a0:');
  expect(words.said('Bob')).toEqual(['Bob\u00a0: entrée']);
  expect(words.count).toBe(1);
});

test('times, addresses and commands stay as they are', () => {
  const text = 'À 14:30, écrivez !palabre aide à @nom:serveur, ou ouvrez https://a.example/?b=c.';
  expect(frenchSpaces(text)).toBe(text);
});
