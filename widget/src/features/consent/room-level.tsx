import { Hand } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { consentLevelSchema, strictest } from '@palabre/protocol';
import { useCall } from '../../call-context.ts';
import { useAppSelector } from '../../store/index.ts';
import { Choice } from '../../ui/choice.tsx';
import './consent.css';

const STANDARD = 'standard';

/** For moderators of this server: how people of this room are asked. The room can only be stricter than the server. */
export function RoomConsentLevel() {
  const { t } = useTranslation();
  const call = useCall();
  const levels = useAppSelector((state) => state.consent.levels);
  const sending = useAppSelector((state) => state.consent.sending);
  const mayChange = useAppSelector((state) => state.meeting.rights?.may_admit === true);
  if (levels === undefined || !mayChange) return null;
  const { standard, room } = levels;
  const stricter = consentLevelSchema.options.filter((level) => strictest([standard, level]) !== standard);
  // A list of one would look broken.
  if (stricter.length === 0)
    return (
      <div className="room-level" data-testid="consent-level-fixed">
        <p className="consent-terms">{t('consent.level.label')}</p>
        <p>{t(`consent.level.${standard}`)}</p>
        <p className="consent-terms">{t('consent.level.fixed')}</p>
      </div>
    );
  return (
    <Choice
      icon={<Hand size={16} aria-hidden="true" />}
      label={t('consent.level.label')}
      value={room !== undefined && stricter.includes(room) ? room : STANDARD}
      choices={[
        { value: STANDARD, text: t('consent.level.standard', { level: t(`consent.level.${standard}`) }) },
        ...stricter.map((level) => ({ value: level, text: t(`consent.level.${level}`) })),
      ]}
      disabled={sending}
      onChoose={(level) => void call.consent.chooseLevel(level === STANDARD ? undefined : level)}
      testId="consent-level"
    />
  );
}
