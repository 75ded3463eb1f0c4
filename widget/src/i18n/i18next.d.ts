import type { Catalogue } from './en.ts';

/** Keys are checked by the compiler: a string outside of the catalogue does not build. */
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: Catalogue };
  }
}
