import { useLocale } from '@palabre/transcript';
import { MessagesSquare } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { formatRoute } from '../../app/route.ts';
import { formatTime } from '../../i18n/format.ts';
import type { MessageItem } from '../../store/model.ts';

/** The way into a thread, with how much is in it and since when. */
export function ThreadChip(props: { readonly roomId: string; readonly item: MessageItem }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { item } = props;
  return (
    <a
      className="thread-chip"
      href={formatRoute({ roomId: props.roomId, panel: { kind: 'thread', rootId: item.id } })}
      data-testid="thread-open"
    >
      <MessagesSquare size={16} aria-hidden="true" />
      <strong>{t('timeline.openThread', { count: item.replies })}</strong>
      {item.latestReplyMs !== undefined && (
        <small className="numbers">{t('timeline.latestReply', { time: formatTime(item.latestReplyMs, locale) })}</small>
      )}
    </a>
  );
}
