import type { Words } from '@palabre/transcript/words';
import type { ResultsWords } from '../features/results/words/en.ts';
import type { Catalogue } from './en.ts';

/** Keys are checked by the compiler: a string outside of the catalogue does not build. */
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    // The page of results brings its words along when it is opened.
    resources: { translation: Catalogue & Words & { meetings: ResultsWords } };
  }
}
