import { describe, expect, test } from '@jest/globals';
import type { SourceLine } from './source.ts';
import { factsSupported, isSupported, nameSupported, saidIn } from './support.ts';

const line = (name: string, text: string): SourceLine => ({ userId: `@${name}:hs`, name, startMs: 0, endMs: 1, text });
const ENGLISH = saidIn([
  line('Alice Martin', 'We agreed that the building gets a budget of twelve thousand euros before the third of March.'),
  line('Bob', 'I will send the revised plan to Zoé Dupont on Friday, she waits for it.'),
]);
const FRENCH = saidIn([
  line('Élodie', 'On a validé quatre-vingt-dix mille euros pour le gymnase de Nantes, réunion lundi prochain.'),
]);

describe('what was said is supported', () => {
  test.each([
    'The building gets a budget of 12,000 euros before March 3.',
    'Bob will send the revised plan to Zoe Dupont on Friday.',
    'A budget was agreed for the building.',
    'Alice agreed to the budget.',
  ])('%p', (text) => {
    expect(isSupported(text, ENGLISH, 'en')).toBe(true);
  });

  test.each([
    'Un budget de 90 000 € est validé pour le gymnase de Nantes.',
    'Réunion le lundi suivant.',
    'Élodie a validé le budget du gymnase.',
  ])('%p', (text) => {
    expect(isSupported(text, FRENCH, 'fr')).toBe(true);
  });
});

describe('what was not said is refused', () => {
  test.each([
    ['another number', 'The building gets a budget of 15,000 euros.'],
    ['another month', 'The building gets its budget before April.'],
    ['another day', 'Bob will send the revised plan on Thursday.'],
    ['another name in the sentence', 'The revised plan goes to Mallory on Friday.'],
    ['another name that begins it', 'Zoltan will send the revised plan on Friday.'],
    ['a full name', 'Jean Valjean agreed to the budget of the building.'],
    ['an acronym', 'The budget of the building goes through the UNESCO.'],
    ['a date in figures', 'The plan is due on 2026-11-27.'],
    ['something else altogether', 'Everybody celebrates with a wonderful dinner afterwards.'],
  ])('%s', (_what, text) => {
    expect(isSupported(text, ENGLISH, 'en')).toBe(false);
  });

  test.each([
    ['another number', 'Un budget de 80 000 € est validé pour le gymnase.'],
    ['another place', 'Le budget du gymnase de Brest est validé.'],
    ['another name that begins it', 'Gaston enverra le budget du gymnase.'],
    ['another month', 'La réunion du gymnase aura lieu en mars.'],
  ])('%s', (_what, text) => {
    expect(isSupported(text, FRENCH, 'fr')).toBe(false);
  });
});

test('a date in figures is supported by the same date in words', () => {
  const said = saidIn([line('Bob', 'By the third of March twenty twenty-six.')]);
  expect(factsSupported('2026-03-03', said)).toBe(true);
  expect(factsSupported('3/3/2026', said)).toBe(true);
  expect(factsSupported('2026-04-03', said)).toBe(false);
});

test('a verb is no month', () => {
  const said = saidIn([line('Bob', 'The council decides about the plan.')]);
  expect(isSupported('The council may change the plan.', said, 'en')).toBe(true);
  expect(isSupported('The council changes the plan in May.', said, 'en')).toBe(false);
});

test('names: speakers and who was named, whole', () => {
  expect(nameSupported('Alice', ENGLISH)).toBe(true);
  expect(nameSupported('Zoé Dupont', ENGLISH)).toBe(true);
  expect(nameSupported('Zoé Durand', ENGLISH)).toBe(false);
  expect(nameSupported('…', ENGLISH)).toBe(false);
});
