import * as z from 'zod/mini';
import { changeWords, preferredLanguage } from '../i18n/index.ts';
import type { KeyValueStore } from '../matrix/credentials.ts';
import type { Preferences, ThemeChoice } from '../store/slices.ts';
import type { Store } from '../store/store.ts';

const KEY = 'palabre.preferences';
const schema = z.object({
  theme: z.enum(['system', 'light', 'dark']),
  language: z.enum(['en', 'fr']),
});

/** What was chosen in this browser, else what the system says. */
export function readPreferences(storage: KeyValueStore, languages: readonly string[]): Preferences {
  try {
    return schema.parse(JSON.parse(storage.getItem(KEY) ?? ''));
  } catch {
    // Nothing chosen yet, or damaged: start from the system.
    return { theme: 'system', language: preferredLanguage(languages) };
  }
}

const darkQuery = (): MediaQueryList => window.matchMedia('(prefers-color-scheme: dark)');

/** The theme on screen now. */
export function effectiveTheme(choice: ThemeChoice): 'light' | 'dark' {
  if (choice !== 'system') return choice;
  return darkQuery().matches ? 'dark' : 'light';
}

/** Keeps page, words and storage in step with the store. */
export function applyPreferences(store: Store, storage: KeyValueStore): void {
  let written: Preferences | undefined;
  const apply = (): void => {
    const { preferences } = store.getState();
    const root = document.documentElement;
    root.dataset.theme = effectiveTheme(preferences.theme);
    root.lang = preferences.language;
    if (written !== undefined && written !== preferences) {
      storage.setItem(KEY, JSON.stringify(preferences));
      void changeWords(preferences.language);
    }
    written = preferences;
  };
  apply();
  store.subscribe(() => {
    if (store.getState().preferences !== written) apply();
  });
  darkQuery().addEventListener('change', apply);
}
