import { expect, test } from '@jest/globals';
import { en } from './en.ts';
import { fr } from './fr.ts';

function flat(node: object, prefix = ''): [string, string][] {
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'string' ? [[prefix + key, value] as [string, string]] : flat(value as object, `${prefix}${key}.`),
  );
}
const holes = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();

test('every word is there in French, with the same holes', () => {
  const french = new Map(flat(fr));
  const english = flat(en);
  expect([...french.keys()].sort()).toEqual(english.map(([key]) => key).sort());
  for (const [key, text] of english) {
    expect(french.get(key)?.trim()).toBeTruthy();
    expect([key, holes(french.get(key) ?? '')]).toEqual([key, holes(text)]);
  }
});
