import type { Catalogue } from './en.ts';

export type { Catalogue } from './en.ts';

/** Languages the widget speaks, with their own names. */
export const LANGUAGES = { en: 'English', fr: 'Français' } as const;
export type Language = keyof typeof LANGUAGES;

const loaders: Record<Language, () => Promise<{ default: Catalogue }>> = {
  en: () => import('./en.ts'),
  fr: () => import('./fr.ts'),
};

/** The language to use for a BCP 47 tag such as `fr-CA`; English when we do not speak it. */
export function languageOf(tag: string | undefined): Language {
  const primary = (tag ?? '').toLowerCase().split('-')[0] ?? '';
  return Object.hasOwn(LANGUAGES, primary) ? (primary as Language) : 'en';
}

/** Fetches a catalogue; called early, so that it is here when the first component is drawn. */
export async function loadCatalogue(language: Language): Promise<Catalogue> {
  return (await loaders[language]()).default;
}
