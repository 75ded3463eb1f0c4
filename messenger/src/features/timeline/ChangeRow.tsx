import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { formatTime } from '../../i18n/format.ts';
import type { ChangeItem } from '../../store/model.ts';

/** Something happened to the room: a quiet line. */
export const ChangeRow = memo(function ChangeRow(props: { readonly item: ChangeItem }) {
  const { t, i18n } = useTranslation();
  const { item } = props;
  return (
    <div className="change-row" data-testid="timeline-event">
      <span>{t(`timeline.change.${item.change.code}`, { who: item.sender.name, ...item.change })}</span>
      <time className="numbers">{formatTime(item.sentMs, i18n.language)}</time>
    </div>
  );
});
