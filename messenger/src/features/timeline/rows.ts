import { dayNumber } from '../../i18n/format.ts';
import type { ChangeItem, TimelineItem } from '../../store/model.ts';

/** What is drawn one below the other. */
export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly ms: number }
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'unreadable'; readonly key: string; readonly count: number }
  | { readonly kind: 'changes'; readonly key: string; readonly items: readonly ChangeItem[] }
  | { readonly kind: 'item'; readonly key: string; readonly item: TimelineItem; readonly continued: boolean };

const TOGETHER_MS = 5 * 60 * 1000;

function continues(previous: TimelineItem | undefined, item: TimelineItem): boolean {
  if (previous === undefined || item.kind === 'change' || item.kind === 'call') return false;
  if (previous.kind === 'change' || previous.kind === 'call') return false;
  if (previous.kind === 'message' && (previous.replies > 0 || previous.style === 'emote')) return false;
  return previous.sender.userId === item.sender.userId && item.sentMs - previous.sentMs < TOGETHER_MS;
}

/**
 * Puts day lines and the line of new messages between items, joins unreadable history and runs of changes into one row each, and
 * says which messages continue those before them.
 */
export function rowsOf(items: readonly TimelineItem[], firstUnreadKey: string | undefined): readonly Row[] {
  const rows: Row[] = [];
  let previous: TimelineItem | undefined;
  for (const item of items) {
    const newDay = previous === undefined || dayNumber(previous.sentMs) !== dayNumber(item.sentMs);
    if (newDay) rows.push({ kind: 'day', key: `day-${dayNumber(item.sentMs)}-${item.key}`, ms: item.sentMs });
    const isNew = item.key === firstUnreadKey;
    if (isNew) rows.push({ kind: 'new', key: 'new' });
    const last = rows.at(-1);
    if (item.kind === 'unreadable' && item.reason === 'history' && item.meeting === undefined) {
      if (last?.kind === 'unreadable') rows[rows.length - 1] = { ...last, count: last.count + 1 };
      else rows.push({ kind: 'unreadable', key: item.key, count: 1 });
      previous = item;
      continue;
    }
    if (item.kind === 'change') {
      if (last?.kind === 'changes') rows[rows.length - 1] = { ...last, items: [...last.items, item] };
      else rows.push({ kind: 'changes', key: item.key, items: [item] });
      previous = item;
      continue;
    }
    const fresh = newDay || isNew || last?.kind === 'unreadable';
    rows.push({ kind: 'item', key: item.key, item, continued: !fresh && continues(previous, item) });
    previous = item;
  }
  return rows;
}
