import { DeletedResults, formatClock, useLocale, useParticipants } from '@palabre/transcript';
import type { MeetingBlock } from '@palabre/protocol';
import { CalendarCheck2, CircleDot, CirclePause, Captions, Radio } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatTime } from '../../i18n/format.ts';
import type { MessageItem } from '../../store/model.ts';
import { AvatarStack } from '../../ui/Avatar.tsx';
import { CardHead } from './CardHead.tsx';
import { MeetingResults } from './MeetingResults.tsx';
import { ConsentLine } from './ConsentLine.tsx';
import { Preparing } from './Preparing.tsx';

const NONE: NonNullable<MessageItem['deleted']> = [];

/** How much of the meeting is recorded so far, or that nothing of the recording is kept for now. */
function RecordingState({ recording }: { readonly recording: NonNullable<MeetingBlock['recording']> }) {
  const { t } = useTranslation();
  const [nowMs, setNowMs] = useState(() => Date.now());
  const { phase, since_ms: sinceMs, elapsed_ms: elapsedMs } = recording;
  useEffect(() => {
    if (phase !== 'on') return undefined;
    const timer = setInterval(() => setNowMs(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [phase]);
  const recordedMs = phase === 'paused' ? elapsedMs : sinceMs === undefined ? undefined : nowMs - sinceMs;
  const Icon = phase === 'paused' ? CirclePause : CircleDot;
  return (
    <p className="card-recording" data-phase={phase} data-testid="meeting-recording">
      <Icon size={16} aria-hidden="true" />
      {t(phase === 'paused' ? 'results.recordingPaused' : 'results.recordingOn')}
      {recordedMs !== undefined && <time className="numbers">{formatClock(Math.max(0, recordedMs))}</time>}
    </p>
  );
}

/** The message a meeting's thread hangs on: who, since when, for how long, and what came back. */
export function MeetingCard(props: {
  readonly roomId: string;
  readonly item: MessageItem;
  readonly block: MeetingBlock;
  readonly inThread: boolean;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { block, item } = props;
  const participants = useParticipants(block);
  const running = block.state === 'running';
  const people = block.participants.map((person) => ({
    userId: person.user_id,
    name: person.name,
    avatarMxc: undefined,
  }));
  const lasted =
    block.ended_ms === undefined
      ? []
      : [t('call.lasted', { duration: formatClock(block.ended_ms - block.started_ms) })];
  return (
    <section className="card" data-testid="result-meeting" data-running={running}>
      <CardHead
        icon={running ? <Radio size={18} /> : <CalendarCheck2 size={18} />}
        title={running ? t('results.meetingRunning') : t('results.meeting')}
        detail={[t('results.started', { time: formatTime(block.started_ms, locale) }), ...lasted].join(' · ')}
      />
      {running && block.recording !== undefined && <RecordingState recording={block.recording} />}
      {running && block.working?.includes('transcription') === true && (
        <p className="card-recording" data-testid="meeting-transcription">
          <Captions size={16} aria-hidden="true" />
          {t('results.transcriptionOn')}
        </p>
      )}
      {running && block.consent !== undefined && <ConsentLine item={item} asked={block.consent} />}
      <Preparing item={item} />
      {people.length > 0 && (
        <div className="card-people">
          <AvatarStack people={people} most={6} />
          <p>{t('results.participants', participants)}</p>
        </div>
      )}
      <DeletedResults deleted={item.deleted ?? NONE} />
      {!props.inThread && <MeetingResults roomId={props.roomId} item={item} />}
    </section>
  );
}
