import { useLocale } from '@palabre/transcript';
import { ArrowDown, LockKeyhole } from 'lucide-react';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useToday } from '../../i18n/use-today.ts';
import { formatDay } from '../../i18n/format.ts';
import type { TimelineItem } from '../../store/model.ts';
import { Banner, Spinner } from '../../ui/Banner.tsx';
import { Button, IconButton } from '../../ui/Button.tsx';
import { CallRow } from './CallRow.tsx';
import { ChangeRows } from './ChangeRow.tsx';
import { Message } from './Message.tsx';
import { rowsOf } from './rows.ts';
import './timeline.css';

const NEAR_END_PX = 80;

/**
 * The items of a room or thread, newest at the bottom. Stays at the bottom when it is there, at the message that was asked for
 * until one scrolls away from it, and in place when older messages come in above.
 */
export function Timeline(props: {
  readonly roomId: string;
  readonly items: readonly TimelineItem[];
  readonly label: string;
  readonly firstUnreadKey?: string | undefined;
  readonly inThread: boolean;
  /** Loads what is older; undefined when there is nothing. */
  readonly onOlder?: (() => Promise<void>) | undefined;
  /** The message to be brought to the top of the view, with the focus on it, as soon as it is among the items. */
  readonly targetId?: string | undefined;
  readonly onTarget?: () => void;
  /** Stands above the first item. */
  readonly head?: ReactNode;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { items, onOlder, targetId, onTarget } = props;
  const rows = useMemo(() => rowsOf(items, props.firstUnreadKey), [items, props.firstUnreadKey]);
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const sentinel = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  /** Another panel stands in its place: it is not drawn. */
  const hidden = useRef(false);
  /** The message that is kept at the top, and where the view was put for that. */
  const target = useRef<{ readonly id: string; scrollTop: number | undefined }>(undefined);
  /** From what is looked at down to the end, in pixels. */
  const below = useRef(0);
  /** What is at the top: the oldest item, or the beginning of everything. */
  const top = `${String(onOlder === undefined)} ${items[0]?.key ?? ''}`;
  const shownTop = useRef(top);
  const loading = useRef(false);
  const [older, setOlder] = useState<'idle' | 'loading' | 'failed'>('idle');
  const [away, setAway] = useState(false);

  const toBottom = useCallback(() => {
    const element = scroller.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  }, []);

  /** Brings the message that was asked for to the top again. @returns undefined when there is none */
  const toTarget = useCallback((): HTMLElement | undefined => {
    const element = scroller.current;
    const { current } = target;
    if (element === null || current === undefined) return undefined;
    const shown = [...element.querySelectorAll<HTMLElement>('[data-event-id]')];
    const found = shown.find((message) => message.dataset.eventId === current.id);
    if (found === undefined) return undefined;
    element.scrollTop += found.getBoundingClientRect().top - element.getBoundingClientRect().top;
    current.scrollTop = element.scrollTop;
    return found;
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    if (targetId !== undefined) target.current = { id: targetId, scrollTop: undefined };
    const found = toTarget();
    if (found === undefined && pinned.current) toBottom();
    // What came in above moves the view by its height; what came in below does not.
    else if (found === undefined && top !== shownTop.current) element.scrollTop = element.scrollHeight - below.current;
    shownTop.current = top;
    below.current = element.scrollHeight - element.scrollTop;
    if (found === undefined || targetId === undefined) return;
    found.focus({ preventScroll: true });
    onTarget?.();
  }, [rows, top, toBottom, toTarget, targetId, onTarget]);

  useEffect(() => {
    const inner = content.current;
    const outer = scroller.current;
    if (inner === null || outer === null) return undefined;
    // Pictures and cards grow after they were placed; the window changes.
    const observer = new ResizeObserver(() => {
      hidden.current = outer.clientHeight === 0;
      if (toTarget() === undefined && pinned.current) toBottom();
      below.current = outer.scrollHeight - outer.scrollTop;
    });
    observer.observe(inner);
    observer.observe(outer);
    return () => observer.disconnect();
  }, [toBottom, toTarget]);

  const loadOlder = useCallback(async () => {
    if (onOlder === undefined || loading.current) return;
    loading.current = true;
    setOlder('loading');
    try {
      await onOlder();
      setOlder('idle');
    } catch (error) {
      console.error(error);
      setOlder('failed');
    }
    loading.current = false;
  }, [onOlder]);

  useEffect(() => {
    if (sentinel.current === null || onOlder === undefined) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) void loadOlder();
      },
      { root: scroller.current, rootMargin: '200px 0px 0px 0px' },
    );
    observer.observe(sentinel.current);
    return () => observer.disconnect();
    // Looks again after each page, as the mark may still be in sight.
  }, [onOlder, loadOlder, rows.length]);

  const today = useToday();
  const words = { today: t('timeline.today'), yesterday: t('timeline.yesterday') };
  return (
    <div className="timeline">
      <div
        ref={scroller}
        className="timeline-scroll"
        role="log"
        aria-label={props.label}
        tabIndex={0}
        onScroll={(event) => {
          // Where it stood when it was hidden comes back before its new size is known: nobody has scrolled.
          if (hidden.current) return;
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          below.current = scrollHeight - scrollTop;
          if (target.current?.scrollTop !== undefined && Math.abs(target.current.scrollTop - scrollTop) > 1) {
            target.current = undefined;
          }
          pinned.current = below.current - clientHeight < NEAR_END_PX;
          if (pinned.current === away) setAway(!pinned.current);
        }}
      >
        <div ref={content} className="timeline-content">
          <div ref={sentinel} />
          {props.head}
          {rows.map((row) => {
            switch (row.kind) {
              case 'day':
                return (
                  <div key={row.key} className="day-line">
                    <span>{formatDay(row.ms, today, locale, words)}</span>
                  </div>
                );
              case 'new':
                return (
                  <div key={row.key} className="new-line">
                    <span>{t('timeline.new')}</span>
                  </div>
                );
              case 'unreadable':
                return (
                  <div key={row.key} className="unreadable-history" data-testid="unreadable-history">
                    <LockKeyhole size={16} aria-hidden="true" />
                    <span>{t('timeline.unreadableHistory', { count: row.count })}</span>
                  </div>
                );
              case 'changes':
                return <ChangeRows key={row.key} items={row.items} />;
              case 'item':
                if (row.item.kind === 'change') return null;
                if (row.item.kind === 'call') return <CallRow key={row.key} roomId={props.roomId} item={row.item} />;
                return (
                  <Message
                    key={row.key}
                    roomId={props.roomId}
                    item={row.item}
                    continued={row.continued}
                    inThread={props.inThread}
                  />
                );
            }
          })}
        </div>
      </div>
      {older !== 'idle' && (
        // Above the messages rather than among them: nothing that is being read moves.
        <div className="timeline-older">
          {older === 'loading' ? (
            <Spinner label={t('common.loading')} />
          ) : (
            <Banner
              tone="error"
              action={
                <Button small onPress={() => void loadOlder()}>
                  {t('common.retry')}
                </Button>
              }
            >
              {t('timeline.olderFailed')}
            </Banner>
          )}
        </div>
      )}
      {away && (
        <div className="timeline-down">
          <IconButton label={t('timeline.toBottom')} icon={<ArrowDown size={20} />} onPress={toBottom} />
        </div>
      )}
    </div>
  );
}
