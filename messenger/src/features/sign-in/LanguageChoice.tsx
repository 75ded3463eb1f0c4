import { useTranslation } from 'react-i18next';
import { LANGUAGES } from '../../i18n/index.ts';
import { preferences } from '../../store/slices.ts';
import type { Language } from '../../store/slices.ts';
import { useAppDispatch, useAppSelector } from '../../store/store.ts';

/** Each language under its own name, so that it is found by whoever cannot read the others. */
export function LanguageChoice() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const chosen = useAppSelector((state) => state.preferences.language);
  return (
    <div className="language-choice" role="group" aria-label={t('account.language')}>
      {(Object.keys(LANGUAGES) as Language[]).map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={language === chosen}
          onClick={() => dispatch(preferences.actions.languageChosen(language))}
        >
          {LANGUAGES[language]}
        </button>
      ))}
    </div>
  );
}
