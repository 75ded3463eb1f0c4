import { createInstance, type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { loadCatalogue, type Catalogue, type Language } from './catalogues.ts';

export { languageOf, LANGUAGES, loadCatalogue, type Catalogue, type Language } from './catalogues.ts';

/** An i18next instance that knows this one language. */
export async function createTranslations(language: Language, catalogue: Catalogue): Promise<i18n> {
  const instance = createInstance();
  await instance.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    interpolation: { escapeValue: false },
    resources: { [language]: { translation: catalogue } },
    returnNull: false,
  });
  return instance;
}

/** Changes the language of everything on the screen. */
export async function changeLanguage(instance: i18n, language: Language): Promise<void> {
  if (!instance.hasResourceBundle(language, 'translation'))
    instance.addResourceBundle(language, 'translation', await loadCatalogue(language));
  await instance.changeLanguage(language);
  document.documentElement.lang = language;
}
