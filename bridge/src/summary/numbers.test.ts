import { describe, expect, test } from '@jest/globals';
import { numbersClaimed, numbersSaid } from './numbers.ts';

describe('numbers', () => {
  test.each([
    ['two hundred and five chairs', [205]],
    ['quatre-vingt-dix-sept places', [97]],
    ['soixante-dix-sept', [77]],
    ['soixante et onze', [71]],
    ['quatre-vingts', [80]],
    ['vingt et un mille', [21_000]],
    ['trois millions deux cent mille', [3_200_000]],
    ['twelve and a half', [12]],
    ['two and three', [2, 3]],
    ['1 250,50 euros', [1250, 50]],
    ['12,000 people', [12_000]],
    ['3.5 %', [3.5]],
    ['dix pour cent', [10]],
    ['the 3rd of May', [3]],
    ['le 21e étage, troisième porte', [21, 3]],
    ['one person, un bâtiment, the first point', []],
    ['at 14:00', [14]],
  ])('of %p', (text, values) => {
    expect(numbersClaimed(text)).toEqual(values);
  });

  test.each([
    ['twenty twenty-six', 2026],
    ['three p.m.', 15],
    ['à deux heures de l’après-midi', 14],
    ['une personne', 1],
    ['1 250 euros', 1250],
    ['room 12 345', 12],
  ])('%p supports %p', (text, value) => {
    expect(numbersSaid(text).has(value)).toBe(true);
  });

  test('a part of a number is not the number', () => {
    expect(numbersSaid('twenty-five').has(5)).toBe(false);
  });
});
