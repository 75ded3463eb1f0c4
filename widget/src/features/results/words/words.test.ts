import { expect, test } from '@jest/globals';
import { createTranslations } from '../../../i18n/index.ts';
import catalogue from '../../../i18n/fr.ts';
import { en } from './en.ts';
import { fr } from './fr.ts';
import { addWords } from './index.ts';

const holes = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();

test('every word is there in French, with the same holes', () => {
  expect(Object.keys(fr).sort()).toEqual(Object.keys(en).sort());
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    expect(fr[key].trim()).not.toBe('');
    expect([key, holes(fr[key])]).toEqual([key, holes(en[key])]);
  }
});

test('the words join those of the call, in the language that is shown', async () => {
  const instance = await createTranslations('fr', catalogue);
  addWords(instance);
  expect(instance.t('meetings.title')).toBe(fr.title);
  expect(instance.t('common.retry')).toBe('Réessayer');
  expect(instance.t('close')).toBe(catalogue.close);
  expect(instance.hasResourceBundle('en', 'translation')).toBe(false);
});
