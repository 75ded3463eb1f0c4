import { DeletedResults, formatClock, useParticipants } from '@palabre/transcript';
import { Captions, ChevronRight, Film, ListChecks } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { PARTS } from './parts.tsx';
import { useDate } from './use-date.ts';
import type { ListedMeeting, MeetingsList } from './use-meetings.ts';

/** The meetings of this room, the newest first. */
export function MeetingList(props: { readonly list: MeetingsList; readonly onOpen: (meeting: ListedMeeting) => void }) {
  const { t } = useTranslation();
  const { meetings } = props.list;
  const rows = useRef<HTMLUListElement>(null);
  const before = useRef<number>(undefined);
  // The button that was pressed is disabled, or gone: whoever uses the keyboard goes on with what it brought.
  useEffect(() => {
    if (before.current === undefined || meetings === undefined || meetings.length <= before.current) return;
    rows.current?.querySelectorAll('button')[before.current]?.focus();
    before.current = undefined;
  }, [meetings]);
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
        <ul ref={rows} className="results-list">
          {meetings.map((meeting) => (
            <li key={meeting.rootId}>
              <Row meeting={meeting} onOpen={props.onOpen} />
            </li>
          ))}
        </ul>
      )}
      <Foot
        list={props.list}
        isEmpty={meetings.length === 0}
        onMore={() => {
          before.current = meetings.length;
          props.list.more();
        }}
      />
    </div>
  );
}

/** What comes after the list: the next page, or why there is none. */
function Foot(props: { readonly list: MeetingsList; readonly isEmpty: boolean; readonly onMore: () => void }) {
  const { t } = useTranslation();
  const { beyond } = props.list;
  switch (beyond) {
    case 'unknown':
      return (
        <p className="results-beyond" data-testid="results-beyond">
          {t('meetings.loadedOnly')}
        </p>
      );
    case 'nothing':
      return (
        <p className="results-beyond" role="status" data-testid="results-beyond">
          {!props.isEmpty && t('meetings.all')}
        </p>
      );
    case 'more':
    case 'loading':
    case 'failed':
      return (
        <div className="results-beyond" data-testid="results-beyond">
          {beyond === 'failed' && <p role="alert">{t('meetings.moreFailed')}</p>}
          <PARTS.Button busy={beyond === 'loading'} data-testid="results-more" onPress={props.onMore}>
            {t('meetings.more')}
          </PARTS.Button>
        </div>
      );
  }
}

/** Who was there is not known yet. */
const UNKNOWN = { participants: [] };

function Row(props: { readonly meeting: ListedMeeting; readonly onOpen: (meeting: ListedMeeting) => void }) {
  const { t } = useTranslation();
  const date = useDate();
  const { block, kept, startedMs, deleted } = props.meeting;
  const { count, names } = useParticipants(block ?? UNKNOWN);
  const details = [
    ...(block === undefined
      ? []
      : [
          block.ended_ms === undefined
            ? t('meetings.running')
            : t('meetings.lasted', { duration: formatClock(block.ended_ms - block.started_ms) }),
        ]),
    ...(count === 0 ? [] : [t('meetings.participants', { count, names })]),
  ];
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
        <span className="results-row-title">{date(startedMs)}</span>
        <span className="results-row-detail">{details.join(' · ')}</span>
        <span className="results-kept">
          {kept === undefined && <span className="spinner" aria-hidden="true" />}
          {kept === 'failed' && t('meetings.unread')}
          {empty && deleted.length === 0 && t('meetings.nothing')}
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
        <DeletedResults deleted={deleted} />
      </span>
      <ChevronRight size={18} aria-hidden="true" />
    </button>
  );
}
