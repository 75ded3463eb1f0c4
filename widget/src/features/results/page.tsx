import { formatClock, Films, Reader, TranscriptRoomContext, useTranscript } from '@palabre/transcript';
import type { ThreadMessage } from '@palabre/transcript/documents';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keptIn } from './meetings.ts';
import { PARTS } from './parts.tsx';
import type { RoomResults } from './room-results.ts';
import { useThread } from './use-thread.ts';
import { useTranscriptRoom } from './use-transcript-room.ts';

/** What was kept of a meeting: its transcript beside the recording, and the minutes. */
export function MeetingPage(props: { readonly results: RoomResults; readonly rootId: string }) {
  const { t } = useTranslation();
  const { results, rootId } = props;
  const { thread, failed, again } = useThread(results, rootId);
  const room = useTranscriptRoom(results, rootId);
  const [chosen, setChosen] = useState<string>();
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
  const minutes = messages.filter(({ block }) => block?.kind === 'minutes');
  return (
    <TranscriptRoomContext value={room}>
      {thread.older && <p className="results-sentence">{t('meetings.incomplete')}</p>}
      {transcripts.length > 1 && (
        <label className="results-sentence">
          {t('meetings.parts')}{' '}
          <select value={shown?.id} onChange={(event) => setChosen(event.target.value)}>
            {transcripts.map(({ id, block }) => (
              <option key={id} value={id}>
                {formatClock((block.started_ms ?? 0) - (transcripts[0]?.block.started_ms ?? 0))}
              </option>
            ))}
          </select>
        </label>
      )}
      {minutes.map(({ id, body }) => (
        <details key={id} className="results-minutes">
          <summary>{t('meetings.minutes')}</summary>
          <p>{body}</p>
        </details>
      ))}
      <div className="results-transcript transcript-page" data-testid="transcript-page">
        {shown === undefined ? (
          <WithoutTranscript messages={messages} />
        ) : (
          <Shown key={shown.id} messages={messages} eventId={shown.id} />
        )}
      </div>
    </TranscriptRoomContext>
  );
}

function Shown(props: { readonly messages: readonly ThreadMessage[]; readonly eventId: string }) {
  const transcript = useTranscript(props.messages, props.eventId);
  return transcript === undefined ? null : <Reader items={props.messages} transcript={transcript} />;
}

function WithoutTranscript(props: { readonly messages: readonly ThreadMessage[] }) {
  const { t } = useTranslation();
  const recording = props.messages.find(({ block }) => block?.kind === 'recording');
  return (
    <div className="results-scroll results-films">
      <p>{t('meetings.noTranscript')}</p>
      {recording?.block !== undefined && (
        <Films items={props.messages} meetingId={recording.block.meeting_id ?? ''} onMoment={() => undefined} />
      )}
    </div>
  );
}
