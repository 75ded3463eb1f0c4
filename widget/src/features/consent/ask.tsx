import { Hand } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { selectAsked, selectIsAhead, useAppSelector } from '../../store/index.ts';
import { useFocusOnArrival } from '../../ui/focus.ts';
import { aboutOf, useConsentText } from './words.ts';
import './consent.css';

/** Asks this person in mid-call. It stands beside the call, which goes on: what is asked for is not kept of them before they have answered. */
export default function Ask() {
  const { t } = useTranslation();
  const call = useCall();
  const asked = useAppSelector(selectAsked);
  const ahead = useAppSelector((state) => selectIsAhead(state, asked));
  const { forExterns, paused, sending, way } = useAppSelector((state) => state.consent);
  const { text, language } = useConsentText();
  const about = aboutOf(asked);
  // Only recordings are paused.
  const isPaused = about !== 'transcription' && paused.includes('recording');
  const [title, until] = [useId(), useId()];
  // Only where the keyboard is in the call already: who writes in the messenger goes on writing.
  const box = useFocusOnArrival<HTMLDivElement>();
  // One reaction answers for both, whatever is kept now.
  const meant = way === 'room' ? (['recording', 'transcription'] as const) : asked;
  const answer = (said: 'yes' | 'no'): void => {
    if (!sending) void call.consent.answer(asked, said, { language, how: 'dialog' });
  };
  return (
    <div
      className="consent-ask"
      role="alertdialog"
      aria-labelledby={title}
      aria-describedby={until}
      tabIndex={-1}
      ref={box}
      data-testid="consent-ask"
    >
      <div className="consent-head">
        <Hand size={20} aria-hidden="true" />
        <h2 id={title} className="consent-title">
          {t(isPaused ? `consent.askPaused.${about}` : ahead ? `consent.askAhead.${about}` : `consent.ask.${about}`)}
        </h2>
      </div>
      <div className="consent-words">
        {forExterns && <p>{t('consent.externs')}</p>}
        {meant.map((purpose) => (
          <p key={purpose}>{text[purpose]}</p>
        ))}
        <p className="consent-terms">{text.terms}</p>
      </div>
      <p id={until} className="consent-until">
        {t(`consent.until.${about}`)}
      </p>
      <div className="consent-actions">
        <button
          type="button"
          className="button"
          data-testid="consent-no"
          aria-disabled={sending}
          onClick={() => answer('no')}
        >
          {t('consent.refuse')}
        </button>
        <button
          type="button"
          className="button button-primary"
          data-testid="consent-yes"
          aria-disabled={sending || way === 'none'}
          onClick={() => way !== 'none' && answer('yes')}
        >
          {t(`consent.agree.${aboutOf(meant)}`)}
        </button>
      </div>
    </div>
  );
}
