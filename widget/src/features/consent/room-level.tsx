import { ChevronDown, Hand } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { consentLevelSchema, strictest } from '@palabre/protocol';
import { useCall } from '../../call-context.ts';
import { useAppSelector } from '../../store/index.ts';

const STANDARD = 'standard';

/** For moderators of this server: how people of this room are asked. The room can only be stricter than the server. */
export function RoomConsentLevel() {
  const { t } = useTranslation();
  const call = useCall();
  const id = useId();
  const levels = useAppSelector((state) => state.consent.levels);
  const sending = useAppSelector((state) => state.consent.sending);
  const mayChange = useAppSelector((state) => state.meeting.rights?.may_admit === true);
  if (levels === undefined || !mayChange) return null;
  const { standard, room } = levels;
  const stricter = consentLevelSchema.options.filter((level) => strictest([standard, level]) !== standard);
  return (
    <div className="device">
      <label htmlFor={id} className="device-label">
        <Hand size={16} aria-hidden="true" />
        {t('consent.level.label')}
      </label>
      <span className="device-field">
        <select
          id={id}
          className="device-select"
          data-testid="consent-level"
          value={room !== undefined && stricter.includes(room) ? room : STANDARD}
          disabled={sending}
          onChange={({ target }) => void call.consent.chooseLevel(consentLevelSchema.safeParse(target.value).data)}
        >
          <option value={STANDARD}>{t('consent.level.standard', { level: t(`consent.level.${standard}`) })}</option>
          {stricter.map((level) => (
            <option key={level} value={level}>
              {t(`consent.level.${level}`)}
            </option>
          ))}
        </select>
        <ChevronDown size={18} aria-hidden="true" />
      </span>
    </div>
  );
}
