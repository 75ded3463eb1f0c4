import { formatClock, formatNames, useLocale } from '@palabre/transcript';
import { Captions, ChevronRight, Film, ListChecks } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useDate } from './use-date.ts';
import type { ListedMeeting } from './use-meetings.ts';

/** The meetings of this room, the newest first. */
export function MeetingList(props: {
  readonly meetings: readonly ListedMeeting[] | undefined;
  readonly onOpen: (meeting: ListedMeeting) => void;
}) {
  const { t } = useTranslation();
  const { meetings } = props;
  if (meetings === undefined) {
    return (
      <p className="results-note" role="status">
        <span className="spinner" aria-hidden="true" />
        {t('meetings.loading')}
      </p>
    );
  }
  return (
    <div className="results-scroll">
      {meetings.length === 0 ? (
        <p className="results-note">{t('meetings.none')}</p>
      ) : (
        <ul className="results-list">
          {meetings.map((meeting) => (
            <li key={meeting.rootId}>
              <Row meeting={meeting} onOpen={props.onOpen} />
            </li>
          ))}
        </ul>
      )}
      <p className="results-older">{t('meetings.older')}</p>
    </div>
  );
}

function Row(props: { readonly meeting: ListedMeeting; readonly onOpen: (meeting: ListedMeeting) => void }) {
  const { t } = useTranslation();
  const date = useDate();
  const locale = useLocale();
  const { block, kept } = props.meeting;
  const names = block.participants.map(({ name }) => name);
  const length = block.ended_ms === undefined ? t('meetings.running') : formatClock(block.ended_ms - block.started_ms);
  const empty =
    kept !== undefined && kept !== 'failed' && kept.transcripts.length + kept.recordings === 0 && !kept.minutes;
  return (
    <button
      type="button"
      className="results-row"
      data-testid="results-meeting"
      onClick={() => props.onOpen(props.meeting)}
    >
      <span className="results-row-main">
        <span className="results-row-title">{date(block.started_ms)}</span>
        <span className="results-row-detail">
          {length}
          {names.length > 0 &&
            ` · ${t('meetings.participants', { count: names.length, names: formatNames(names, locale) })}`}
        </span>
        <span className="results-kept">
          {kept === undefined && <span className="spinner" aria-hidden="true" />}
          {kept === 'failed' && t('meetings.unread')}
          {empty && t('meetings.nothing')}
          {kept !== undefined && kept !== 'failed' && (
            <>
              {kept.transcripts.length > 0 && (
                <span className="results-chip">
                  <Captions size={14} aria-hidden="true" />
                  {t('meetings.transcript')}
                </span>
              )}
              {kept.recordings > 0 && (
                <span className="results-chip">
                  <Film size={14} aria-hidden="true" />
                  {t('meetings.recording')}
                </span>
              )}
              {kept.minutes && (
                <span className="results-chip">
                  <ListChecks size={14} aria-hidden="true" />
                  {t('meetings.minutes')}
                </span>
              )}
            </>
          )}
        </span>
      </span>
      <ChevronRight size={18} aria-hidden="true" />
    </button>
  );
}
