import { en as transcriptEn, fr as transcriptFr } from '@palabre/transcript/words';
import type { i18n } from 'i18next';
import { en } from './en.ts';
import { fr } from './fr.ts';

const WORDS = { en: { ...transcriptEn, meetings: en }, fr: { ...transcriptFr, meetings: fr } };

/** Adds the words of this page in the language that is shown; the catalogue of the call does without them until then. */
export function addWords(instance: i18n): void {
  const language = instance.language === 'fr' ? 'fr' : 'en';
  if (!instance.exists('meetings.title')) instance.addResourceBundle(language, 'translation', WORDS[language], true);
}
