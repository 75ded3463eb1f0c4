import { useLocale } from '@palabre/transcript';
import { X } from 'lucide-react';
import { useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { panelToggled, useAppDispatch, useAppSelector } from '../../store/index.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { useFocusOnArrival } from '../../ui/focus.ts';
import { turnsOf, type Turn } from './turns.ts';
import './captions.css';

function SpokenTurn({ turn }: { turn: Turn }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const name = turn.self ? t('you') : (turn.name ?? t('captions.somebody'));
  const time = new Date(turn.startedMs);
  return (
    <li className="spoken" data-testid="spoken" data-user-id={turn.userId}>
      <Avatar userId={turn.userId ?? ''} name={turn.name ?? '?'} size="small" />
      <div className="spoken-turn">
        <p className="spoken-head">
          <span className="spoken-name">{name}</span>
          <time className="spoken-time" dateTime={time.toISOString()}>
            {time.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' })}
          </time>
        </p>
        {turn.lines.map((line) => (
          <p key={line.id} className="spoken-text" data-final={line.final} lang={line.language}>
            {line.text}
          </p>
        ))}
      </div>
    </li>
  );
}

/** Follows the last words, unless the person reads further up. */
function useFollowing(changed: unknown) {
  const list = useRef<HTMLUListElement>(null);
  const follows = useRef(true);
  useLayoutEffect(() => {
    const element = list.current;
    if (element !== null && follows.current) element.scrollTop = element.scrollHeight;
  }, [changed]);
  const onScroll = (): void => {
    const element = list.current;
    if (element !== null) follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
  };
  return { list, onScroll };
}

/** Everything that was said since captions are on, beside the stage. It is in this page only. */
export default function CaptionsPanel() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const lines = useAppSelector((state) => state.captions.lines);
  const size = useAppSelector((state) => state.captions.look.size);
  const title = useFocusOnArrival<HTMLHeadingElement>();
  const { list, onScroll } = useFollowing(lines);
  return (
    <aside className={`panel captions-panel captions-${size}`} aria-labelledby="captions-title">
      <div className="panel-head">
        <div>
          <h2 id="captions-title" className="panel-title focus-landing" tabIndex={-1} ref={title}>
            {t('captions.title')}
          </h2>
          <p className="panel-subtitle">{t('captions.panelHelp')}</p>
        </div>
        <button
          type="button"
          className="icon-button"
          aria-label={t('close')}
          onClick={() => dispatch(panelToggled('captions'))}
        >
          <X size={20} aria-hidden="true" />
        </button>
      </div>
      {lines.length === 0 && <p className="captions-none">{t('captions.none')}</p>}
      {/* A list that scrolls must be reachable by keyboard. */}
      <ul className="panel-list" ref={list} onScroll={onScroll} tabIndex={0} aria-label={t('captions.title')}>
        {turnsOf(lines).map((turn) => (
          <SpokenTurn key={turn.id} turn={turn} />
        ))}
      </ul>
    </aside>
  );
}
