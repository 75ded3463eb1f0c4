import { useLocale } from '@palabre/transcript';
import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatTime } from '../../i18n/format.ts';
import type { ChangeItem } from '../../store/model.ts';

/** Something happened to the room: a quiet line. */
export const ChangeRow = memo(function ChangeRow(props: { readonly item: ChangeItem }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { item } = props;
  return (
    <div className="change-row" data-testid="timeline-event">
      <span>
        {t(`timeline.change.${item.change.code}`, { who: item.sender.name, ...item.change })}
        {'reason' in item.change && (
          <>
            {' '}
            <q>{item.change.reason}</q>
          </>
        )}
      </span>
      <time className="numbers">{formatTime(item.sentMs, locale)}</time>
    </div>
  );
});

const SHOWN = 2;

/** Several of them, one after the other: the first, and how many more. */
export function ChangeRows(props: { readonly items: readonly ChangeItem[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { items } = props;
  const shown = open || items.length <= SHOWN ? items : items.slice(0, 1);
  const rest = items.length - shown.length;
  return (
    <>
      {shown.map((item) => (
        <ChangeRow key={item.key} item={item} />
      ))}
      {rest > 0 && (
        <button type="button" className="change-more" onClick={() => setOpen(true)}>
          {t('timeline.change.more', { count: rest })}
        </button>
      )}
    </>
  );
}
