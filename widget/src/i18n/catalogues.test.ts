import { describe, expect, test } from '@jest/globals';
import { PROBLEMS } from '../call/problem.ts';
import { languageOf } from './catalogues.ts';
import en from './en.ts';
import fr from './fr.ts';

function flatten(value: object, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
    typeof item === 'object' && item !== null ? flatten(item, `${prefix}${key}.`) : [[`${prefix}${key}`, String(item)]],
  );
}
const variables = (text: string): string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();

describe('catalogues', () => {
  const english = new Map(flatten(en));
  const french = new Map(flatten(fr));

  test('have the same keys and the same variables', () => {
    expect([...french.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [key, text] of english) expect([key, variables(french.get(key) ?? '')]).toEqual([key, variables(text)]);
  });

  test('leave nothing empty, nothing untranslated by mistake', () => {
    const alike = new Set([
      ...['app.name', 'device.unnamed', 'top.recording.short', 'top.transcription.on', 'control.recordPause'],
      ...['minutes.actions', 'minutes.actionOf'],
    ]);
    const same = [...english].filter(([key, text]) => french.get(key) === text && !alike.has(key));
    expect(same).toEqual([]);
    for (const text of [...english.values(), ...french.values()]) expect(text.trim()).not.toBe('');
  });

  test('every problem has words', () => {
    for (const code of PROBLEMS)
      expect(english.has(`problem.${code}.title`) && english.has(`problem.${code}.todo`)).toBe(true);
  });

  test('languages are found by their tag', () => {
    expect([undefined, 'fr', 'fr-CA', 'FR', 'de', 'en-GB', 'constructor'].map(languageOf)).toEqual([
      'en',
      'fr',
      'fr',
      'fr',
      'en',
      'en',
      'en',
    ]);
  });
});
