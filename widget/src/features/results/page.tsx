import {
  DeletedResults,
  formatClock,
  Films,
  partsOf,
  Reader,
  TranscriptRoomContext,
  useTranscript,
  type Moment,
  type Sought,
} from '@palabre/transcript';
import type { DeletedResult, ThreadMessage } from '@palabre/transcript/documents';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keptIn, type Meeting } from './meetings.ts';
import { MeetingMinutes } from './minutes.tsx';
import { PARTS } from './parts.tsx';
import type { RoomResults } from './room-results.ts';
import { useThread } from './use-thread.ts';
import { useTranscriptRoom } from './use-transcript-room.ts';

/** What was kept of a meeting: its transcript beside the recording, and the minutes. */
export function MeetingPage(props: { readonly results: RoomResults; readonly meeting: Meeting }) {
  const { t } = useTranslation();
  const { results, meeting } = props;
  const { rootId, deleted } = meeting;
  const { thread, failed, again } = useThread(results, rootId);
  const room = useTranscriptRoom(results, meeting);
  const [chosen, setChosen] = useState<string>();
  const [sought, setSought] = useState<Sought>();
  if (failed) {
    return (
      <div className="results-note" role="alert">
        <p>{t('meetings.unread')}</p>
        <PARTS.Button small onPress={again}>
          {t('common.retry')}
        </PARTS.Button>
      </div>
    );
  }
  if (thread === undefined) {
    return (
      <p className="results-note" role="status">
        <span className="spinner" aria-hidden="true" />
        {t('common.loading')}
      </p>
    );
  }
  const { messages } = thread;
  const { transcripts } = keptIn(messages);
  const shown = transcripts.find(({ id }) => id === chosen) ?? transcripts[0];
  const reading = ({ event_id: heldBy }: Moment, wallMs: number): (() => void) | undefined => {
    const found = transcripts.find(({ block }) => partsOf(messages, block).some(({ id }) => id === heldBy));
    const startedMs = found?.block.started_ms;
    if (found === undefined || startedMs === undefined) return undefined;
    return () => {
      setChosen(found.id);
      setSought({ atMs: wallMs - startedMs });
    };
  };
  return (
    <TranscriptRoomContext value={room}>
      {thread.older && <p className="results-sentence">{t('meetings.incomplete')}</p>}
      {transcripts.length > 1 && (
        <label className="results-sentence">
          {t('meetings.parts')}{' '}
          <select
            value={shown?.id}
            onChange={(event) => {
              setChosen(event.target.value);
              setSought(undefined);
            }}
          >
            {transcripts.map(({ id, block }) => (
              <option key={id} value={id}>
                {formatClock((block.started_ms ?? 0) - (transcripts[0]?.block.started_ms ?? 0))}
              </option>
            ))}
          </select>
        </label>
      )}
      {messages.map(({ id, sentMs, block }) =>
        block?.kind === 'minutes' ? (
          <MeetingMinutes key={id} messages={messages} block={block} postedMs={sentMs} reading={reading} />
        ) : null,
      )}
      <div className="results-transcript transcript-page" data-testid="transcript-page">
        {shown === undefined ? (
          <WithoutTranscript messages={messages} deleted={deleted} />
        ) : (
          <Shown key={shown.id} messages={messages} eventId={shown.id} sought={sought} />
        )}
      </div>
    </TranscriptRoomContext>
  );
}

function Shown(props: {
  readonly messages: readonly ThreadMessage[];
  readonly eventId: string;
  readonly sought: Sought | undefined;
}) {
  const transcript = useTranscript(props.messages, props.eventId);
  return transcript === undefined ? null : (
    <Reader items={props.messages} transcript={transcript} sought={props.sought} />
  );
}

function WithoutTranscript(props: {
  readonly messages: readonly ThreadMessage[];
  readonly deleted: readonly DeletedResult[];
}) {
  const { t } = useTranslation();
  const { deleted } = props;
  const recording = props.messages.find(({ block }) => block?.kind === 'recording');
  return (
    <div className="results-scroll results-films">
      {deleted.every(({ what }) => what !== 'transcript') && <p>{t('meetings.noTranscript')}</p>}
      <DeletedResults deleted={deleted} />
      {recording?.block !== undefined && (
        <Films items={props.messages} meetingId={recording.block.meeting_id ?? ''} onMoment={() => undefined} />
      )}
    </div>
  );
}
