import type { Language } from './catalogues.ts';

/** Said when not even the catalogue could be fetched, so it cannot stand there. */
export const BROKEN: Readonly<Record<Language, string>> = {
  en: 'The call could not be loaded. Close it and open it again; if that does not help, check your connection.',
  fr: 'L’appel n’a pas pu se charger. Fermez-le et rouvrez-le. Si cela ne suffit pas, vérifiez votre connexion.',
};
