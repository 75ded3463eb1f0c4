import { useTranslation } from 'react-i18next';
import { CONSENT_PURPOSES } from '@palabre/protocol';
import { useCall } from '../../call-context.ts';
import { useAppSelector } from '../../store/index.ts';
import { Choices } from './choices.tsx';
import { useConsentText } from './words.ts';

/** In the list of people: what this person agreed to, to be changed at any time. */
export function MyConsent() {
  const { t } = useTranslation();
  const call = useCall();
  const { level, working, paused, answers, sending, way } = useAppSelector((state) => state.consent);
  const { language } = useConsentText();
  if (level !== 'ask' || working.length === 0) return null;
  return (
    <section className="my-consent" aria-labelledby="my-consent-title" data-testid="my-consent">
      <h3 id="my-consent-title" className="consent-title">
        {t('consent.mine')}
      </h3>
      <Choices
        purposes={way === 'room' ? CONSENT_PURPOSES : working}
        agreed={CONSENT_PURPOSES.filter((purpose) => answers[purpose] === 'yes')}
        busy={sending || way === 'none'}
        onChange={(purpose, yes) => void call.consent.answer([purpose], yes ? 'yes' : 'no', { language, how: 'panel' })}
      />
      {paused.length > 0 && <p className="consent-until">{t('consent.paused')}</p>}
      {way === 'room' && <p className="consent-until">{t('consent.together')}</p>}
    </section>
  );
}
