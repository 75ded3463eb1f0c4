import { CircleDot, CircleOff, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { panelToggled, selectAsked, useAppDispatch, useAppSelector } from '../../store/index.ts';
import { aboutOf } from './words.ts';

const KNOWN_FAILURES = ['NETWORK', 'NO_EFFECT', 'STILL_KEPT', 'PALABRE_WRONG_STATE', 'M_LIMIT_EXCEEDED'] as const;

/** An answer did not get through: it does not count, and the person must know. */
function FailureNotice({ failure }: { failure: string }) {
  const { t } = useTranslation();
  const call = useCall();
  const known = KNOWN_FAILURES.find((code) => code === failure);
  return (
    <div className="notice notice-trouble" data-testid="notice">
      <CircleOff size={20} aria-hidden="true" />
      <p>{known === undefined ? t('consent.failed.OTHER', { code: failure }) : t(`consent.failed.${known}`)}</p>
      <button
        type="button"
        className="icon-button notice-close"
        aria-label={t('dismiss')}
        onClick={() => call.consent.dismissFailure()}
      >
        <X size={18} aria-hidden="true" />
      </button>
    </div>
  );
}

/** What is kept and how this person stands, until it is read. */
export function ConsentNotice() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const { level, working, answers, failure } = useAppSelector((state) => state.consent);
  const asked = useAppSelector(selectAsked);
  const panel = useAppSelector((state) => state.screen.panel);
  const [read, setRead] = useState('');
  // Whatever begins later is news.
  if (working.length === 0 && read !== '') setRead('');
  if (failure !== undefined) return <FailureNotice failure={failure} />;
  if (level === 'off' || working.length === 0 || asked.length > 0) return null;

  const refused = working.filter((purpose) => answers[purpose] === 'no');
  const about = aboutOf(level === 'ask' && refused.length > 0 ? refused : working);
  const kind = level === 'announce' ? 'now' : refused.length > 0 ? 'out' : 'in';
  const id = `${kind} ${about} ${working.join()}`;
  if (read === id) return null;
  return (
    <div className="notice notice-plain" data-testid="consent-notice" data-kind={kind}>
      {kind === 'out' ? (
        <CircleOff size={20} aria-hidden="true" />
      ) : (
        <CircleDot className="consent-dot" size={20} aria-hidden="true" />
      )}
      <p>{t(`consent.${kind}.${about}`)}</p>
      {kind !== 'now' && panel !== 'people' && (
        <button type="button" className="button" onClick={() => dispatch(panelToggled('people'))}>
          {t('consent.change')}
        </button>
      )}
      <button type="button" className="icon-button notice-close" aria-label={t('dismiss')} onClick={() => setRead(id)}>
        <X size={18} aria-hidden="true" />
      </button>
    </div>
  );
}
