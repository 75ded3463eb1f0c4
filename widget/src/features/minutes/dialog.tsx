import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { useAppSelector } from '../../store/index.ts';
import { CallDialog } from '../../ui/dialog.tsx';
import { DraftForm } from './draft-form.tsx';
import './minutes.css';

/** Minutes before the room sees them: whether that is wanted here, and the drafts that wait. */
export default function MinutesDialog() {
  const { t } = useTranslation();
  const { minutes } = useCall().meeting;
  const { drafts, mode, busy, done, failure } = useAppSelector((state) => state.meeting.minutes);
  const scribe = useAppSelector((state) => state.meeting.rights?.scribe_user_id);
  useEffect(() => void minutes.open(), [minutes]);
  const known = KNOWN_FAILURES.find((code) => code === failure);
  return (
    <CallDialog title={t('minutes.title')} wide>
      <label className="switch">
        <input
          type="checkbox"
          checked={mode === 'draft'}
          aria-disabled={busy}
          data-testid="minutes-ask"
          onChange={(event) => void minutes.obey({ action: 'mode', mode: event.target.checked ? 'draft' : 'post' })}
        />
        <span>
          {t('minutes.ask')}
          <span className="switch-detail">{t('minutes.askHelp')}</span>
        </span>
      </label>
      <div role="status" className="minutes-status" data-testid="minutes-status">
        {done !== undefined && <p>{t(`minutes.done.${done}`)}</p>}
      </div>
      {failure !== undefined && (
        <p role="alert" className="minutes-failure" data-testid="minutes-failure">
          {known === undefined
            ? t('minutes.failure.OTHER', { code: failure })
            : t(`minutes.failure.${known}`, { scribe: scribe ?? '@palabre-scribe' })}
        </p>
      )}
      {drafts.length === 0 ? (
        <p className="minutes-none">{t('minutes.none')}</p>
      ) : (
        drafts.map((draft) => <DraftForm key={draft.id} draft={draft} />)
      )}
    </CallDialog>
  );
}

const KNOWN_FAILURES = [
  'M_FORBIDDEN',
  'M_TOO_LARGE',
  'M_BAD_JSON',
  'PALABRE_WRONG_STATE',
  'PALABRE_SCRIBE_ABSENT',
  'NETWORK',
] as const;
