import { CONSENT_TEXTS, frenchSpaces, type ConsentPurpose, type ConsentText } from '@palabre/protocol';
import { useTranslation } from 'react-i18next';
import { languageOf } from '../../i18n/index.ts';

/** Key of texts that exist for one purpose or for both. */
export function aboutOf(purposes: readonly ConsentPurpose[]): ConsentPurpose | 'both' {
  return purposes.length > 1 ? 'both' : (purposes[0] ?? 'recording');
}

const TEXTS = { en: CONSENT_TEXTS.en, fr: frenchSpaces(CONSENT_TEXTS.fr) };

/** The words that are agreed to, in the language of the screen. */
export function useConsentText(): { readonly text: ConsentText; readonly language: 'en' | 'fr' } {
  const language = languageOf(useTranslation().i18n.language);
  return { text: TEXTS[language], language };
}
