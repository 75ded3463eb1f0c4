import { formatClock, Minutes, showMoment, usePlayableMoment, type Moment } from '@palabre/transcript';
import type { ThreadMessage } from '@palabre/transcript/documents';
import type { MinutesBlock } from '@palabre/protocol';
import { useTranslation } from 'react-i18next';

interface Of {
  readonly messages: readonly ThreadMessage[];
  readonly block: MinutesBlock;
  /** @param wallMs the moment, by the wall clock @returns the way to it in a transcript; undefined where there is none */
  readonly reading: (moment: Moment, wallMs: number) => (() => void) | undefined;
}

/** When something was said: plays that moment where it is heard in a film, else leads to its place in the transcript. */
function MinutesMoment(props: Of & { readonly moment: Moment }) {
  const { t } = useTranslation();
  const { messages, block, moment } = props;
  const recorded = usePlayableMoment(messages, block, moment);
  const time = formatClock(moment.start_ms);
  const shown = <time className="numbers">{time}</time>;
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
}

/** Minutes above the transcript that they were made of. */
export function MeetingMinutes(props: Of) {
  const { t } = useTranslation();
  return (
    <details className="results-minutes" data-testid="results-minutes">
      <summary>{t('meetings.minutes')}</summary>
      <div className="results-minutes-text">
        <Minutes block={props.block} moment={(moment) => <MinutesMoment {...props} moment={moment} />} />
      </div>
    </details>
  );
}
