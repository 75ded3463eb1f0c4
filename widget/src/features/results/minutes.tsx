import {
  formatClock,
  Minutes,
  showMoment,
  Unplayable,
  useCorrectedSince,
  usePlayableMoments,
  useTranscriptRoom,
  type Moment,
} from '@palabre/transcript';
import type { ThreadMessage } from '@palabre/transcript/documents';
import type { MinutesBlock } from '@palabre/protocol';
import { useTranslation } from 'react-i18next';

/** Minutes above the transcript that they were made of: their moments play where they are heard in a film, or are read there. */
export function MeetingMinutes(props: {
  readonly messages: readonly ThreadMessage[];
  readonly block: MinutesBlock;
  readonly postedMs: number;
  /** @param wallMs the moment, by the wall clock @returns the way to it in a transcript; undefined where there is none */
  readonly reading: (moment: Moment, wallMs: number) => (() => void) | undefined;
}) {
  const { t } = useTranslation();
  const { messages, block, postedMs } = props;
  const { momentIn, captions } = usePlayableMoments(messages, block);
  const correctedSince = useCorrectedSince(useTranscriptRoom().wasModerator, messages, block, postedMs);
  const draw = (moment: Moment) => {
    const time = formatClock(moment.start_ms);
    const shown = <time className="numbers">{time}</time>;
    const recorded = momentIn(moment);
    const go =
      recorded !== undefined
        ? () => showMoment(recorded.recordingId, recorded.atMs)
        : block.started_ms === undefined
          ? undefined
          : props.reading(moment, block.started_ms + moment.start_ms);
    if (go === undefined) return shown;
    return (
      <button
        type="button"
        className="minutes-moment"
        data-testid="minutes-moment"
        aria-label={t(recorded === undefined ? 'results.readAt' : 'results.playFrom', { time, name: moment.name })}
        onClick={go}
      >
        {shown}
      </button>
    );
  };
  return (
    <details className="results-minutes" data-testid="results-minutes">
      <summary>{t('meetings.minutes')}</summary>
      <div className="results-minutes-text">
        <Unplayable captions={captions} />
        <Minutes block={block} correctedSince={correctedSince} moment={draw} />
      </div>
    </details>
  );
}
