import { Captions, Film, ListChecks, MessagesSquare } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/use-locale.ts';
import { formatRoute } from '../../app/route.ts';
import { formatTime } from '../../i18n/format.ts';
import type { MessageItem } from '../../store/model.ts';

const RESULTS = [
  { kind: 'recording', icon: Film, words: 'results.recording' },
  { kind: 'transcript', icon: Captions, words: 'results.transcript' },
  { kind: 'minutes', icon: ListChecks, words: 'results.minutes' },
] as const;

/** The way into a thread, with how much is in it and which results of a meeting. */
export function ThreadChip(props: { readonly roomId: string; readonly item: MessageItem }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { item } = props;
  const results = RESULTS.filter((result) => item.results.includes(result.kind));
  return (
    <a
      className="thread-chip"
      href={formatRoute({ roomId: props.roomId, panel: { kind: 'thread', rootId: item.id } })}
      data-testid="thread-open"
    >
      <MessagesSquare size={16} aria-hidden="true" />
      <strong>{t('timeline.openThread', { count: item.replies })}</strong>
      {results.map(({ kind, icon: Icon, words }) => (
        <span key={kind} className="thread-chip-result">
          <Icon size={14} aria-hidden="true" />
          {t(words)}
        </span>
      ))}
      {results.length === 0 && item.latestReplyMs !== undefined && (
        <small className="numbers">{t('timeline.latestReply', { time: formatTime(item.latestReplyMs, locale) })}</small>
      )}
    </a>
  );
}
