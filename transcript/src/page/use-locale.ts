import { useTranslation } from 'react-i18next';

/**
 * The tag to format times and numbers with: the words' language in the region the browser is set to (24 hours or 12, and so on).
 * @param languages the browser's, in the person's order
 */
export function localeFor(language: string, languages: readonly string[]): string {
  return (
    languages.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? (language === 'en' ? 'en-GB' : language)
  );
}

export function useLocale(): string {
  const { i18n } = useTranslation();
  return localeFor(i18n.language, navigator.languages);
}
