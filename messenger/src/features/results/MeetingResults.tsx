import { formatClock, RecordingPlayer } from '@palabre/transcript';
import { Captions, ChevronRight, Film, ListChecks, MessagesSquare } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatRoute } from '../../app/route.ts';
import type { MessageItem } from '../../store/model.ts';
import { useFilmLength } from './film-length.ts';

interface Line {
  /** The message with the result. */
  readonly eventId: string;
  readonly icon: ReactNode;
  readonly title: string;
  readonly detail: string;
}

/** What came back from a meeting, at a glance: its films to be played here, the rest one click away in its thread. */
export function MeetingResults(props: {
  readonly roomId: string;
  readonly item: Pick<MessageItem, 'id' | 'replies' | 'results'>;
}) {
  const { t } = useTranslation();
  const { item } = props;
  const lengthOf = useFilmLength();
  const hrefOf = (answer: { readonly eventId?: string }): string =>
    formatRoute({ roomId: props.roomId, panel: { kind: 'thread', rootId: item.id, ...answer } });
  const line = ({ id: eventId, block, attachment }: MessageItem): Line | undefined => {
    if (block?.kind === 'recording' && attachment === undefined) {
      const detail = lengthOf(block);
      return { eventId, icon: <Film size={16} />, title: t('results.recording'), detail };
    }
    if (block?.kind === 'transcript' && block.format === 'text') {
      const detail = formatClock(block.duration_ms);
      return { eventId, icon: <Captions size={16} />, title: t('results.transcript'), detail };
    }
    if (block?.kind === 'minutes') {
      const { decisions, actions, extract } = block;
      const counts = [
        ...(decisions.length > 0 ? [t('results.decisions', { count: decisions.length })] : []),
        ...(actions.length > 0 ? [t('results.actions', { count: actions.length })] : []),
        ...(extract.length > 0 ? [t('results.extracts', { count: extract.length })] : []),
      ];
      const detail = counts.join(' · ');
      return { eventId, icon: <ListChecks size={16} />, title: t('results.minutes'), detail };
    }
    return undefined;
  };
  const lines = new Map<string, Line>();
  for (const result of item.results) {
    const made = line(result);
    // A long transcript comes in parts, and is still one.
    if (made !== undefined && !lines.has(made.title)) lines.set(made.title, made);
  }
  return (
    <>
      {item.results.map(({ id, block, attachment }) =>
        block?.kind === 'recording' && attachment !== undefined ? (
          <RecordingPlayer key={id} attachment={attachment} block={block} siblings={item.results} recordingId={id} />
        ) : null,
      )}
      <ul className="result-lines">
        {[...lines.values()].map(({ eventId, icon, title, detail }) => (
          <li key={eventId}>
            <ResultLine href={hrefOf({ eventId })} icon={icon} title={title} detail={detail} />
          </li>
        ))}
        <li>
          <ResultLine
            href={hrefOf({})}
            icon={<MessagesSquare size={16} />}
            title={t('timeline.threadOpen')}
            detail={item.replies === 0 ? '' : t('timeline.openThread', { count: item.replies })}
            testId="thread-open"
          />
        </li>
      </ul>
    </>
  );
}

function ResultLine(props: Omit<Line, 'eventId'> & { readonly href: string; readonly testId?: string }) {
  return (
    <a className="result-line" href={props.href} data-testid={props.testId}>
      <span className="result-line-icon" aria-hidden="true">
        {props.icon}
      </span>
      <span className="result-line-title">{props.title}</span>
      <span className="result-line-detail numbers">{props.detail}</span>
      <ChevronRight size={16} aria-hidden="true" />
    </a>
  );
}
