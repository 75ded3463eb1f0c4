import { formatClock, showMoment, type Moment } from '@palabre/transcript';
import { useTranslation } from 'react-i18next';
import { formatRoute } from '../../app/route.ts';
import type { MessageItem } from '../../store/model.ts';
import { useAppSelector } from '../../store/store.ts';

/** When something was said: plays that moment where the meeting was recorded, else leads to its place in the transcript. */
export function MinutesMoment(props: {
  readonly roomId: string;
  readonly item: MessageItem;
  /** Where it is heard. */
  readonly recorded: { readonly recordingId: string; readonly atMs: number } | undefined;
  readonly moment: Moment;
}) {
  const { t } = useTranslation();
  const { roomId, item, recorded, moment } = props;
  const rootId = useAppSelector(
    (state) =>
      Object.values(state.rooms.threads).find((thread) => thread.items.some(({ id }) => id === item.id))?.rootId,
  );
  const time = formatClock(moment.start_ms);
  const shown = <time className="numbers">{time}</time>;
  if (recorded !== undefined) {
    return (
      <button
        type="button"
        className="minutes-moment"
        data-testid="minutes-seek"
        aria-label={t('results.playFrom', { time, name: moment.name })}
        onClick={() => showMoment(recorded.recordingId, recorded.atMs)}
      >
        {shown}
      </button>
    );
  }
  const eventId = moment.event_id;
  if (eventId === undefined || rootId === undefined) return <span className="minutes-time">{shown}</span>;
  return (
    <a
      className="minutes-moment"
      data-testid="minutes-transcript"
      href={formatRoute({ roomId, panel: { kind: 'thread', rootId, eventId } })}
      aria-label={t('results.readAt', { time, name: moment.name })}
    >
      {shown}
    </a>
  );
}
