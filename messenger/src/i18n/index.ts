import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Language } from '../store/slices.ts';
import { en } from './en.ts';
import { fr } from './fr.ts';

export const LANGUAGES: Readonly<Record<Language, string>> = { en: 'English', fr: 'Français' };

/** The first language of the browser that we have words for. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split('-')[0];
    if (base === 'en' || base === 'fr') return base;
  }
  return 'en';
}

/** Makes the catalogues available to every component. */
export async function startWords(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: { en: { translation: en }, fr: { translation: fr } },
    interpolation: { escapeValue: false },
    returnNull: false,
    showSupportNotice: false,
  } as Parameters<typeof i18next.init>[0]);
}

export async function changeWords(language: Language): Promise<void> {
  await i18next.changeLanguage(language);
}
