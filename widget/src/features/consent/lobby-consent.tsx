import { CirclePause } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsentPurpose } from '@palabre/protocol';
import { useCall } from '../../call-context.ts';
import { useAppSelector } from '../../store/index.ts';
import { Choices } from './choices.tsx';
import { KeptIcon } from './kept-icon.tsx';
import { aboutOf, useConsentText } from './words.ts';

/**
 * What a person decides before they join, where something is being kept.
 * @returns what to show, and how to tell it when they join
 */
export function useLobbyConsent() {
  const { t } = useTranslation();
  const call = useCall();
  const { level, working, paused, answers } = useAppSelector((state) => state.consent);
  const { language } = useConsentText();
  // Never ticked before the person has done so; what they said earlier in this meeting is remembered.
  const [changed, setChanged] = useState<Partial<Record<ConsentPurpose, boolean>>>({});
  const agreed = working.filter((purpose) => changed[purpose] ?? answers[purpose] === 'yes');
  const asks = level === 'ask' && working.length > 0;
  const about = aboutOf(working);
  // Only recordings are paused.
  const isPaused = about !== 'transcription' && paused.includes('recording');

  const section =
    level === 'off' || working.length === 0 ? null : (
      <section className="lobby-consent" aria-labelledby="lobby-consent-title" data-testid="lobby-consent">
        <h2 id="lobby-consent-title" className="consent-title">
          {isPaused && about === 'recording' ? (
            <CirclePause size={16} aria-hidden="true" />
          ) : (
            <KeptIcon about={isPaused ? 'transcription' : about} kept size={16} />
          )}
          {t(isPaused ? `consent.nowPaused.${about}` : `consent.now.${about}`)}
        </h2>
        {asks && (
          <>
            <Choices
              purposes={working}
              agreed={agreed}
              onChange={(purpose, yes) => setChanged({ ...changed, [purpose]: yes })}
            />
            <p className="consent-until">{t('consent.without')}</p>
          </>
        )}
      </section>
    );
  const give = (): void => {
    if (!asks) return;
    const refused = working.filter((purpose) => !agreed.includes(purpose));
    void call.consent.answer(agreed, 'yes', { language, how: 'lobby' });
    void call.consent.answer(refused, 'no', { language, how: 'lobby' });
  };
  return { section, give };
}
