import { Settings2, TextQuote, TriangleAlert } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { dialogOpened, panelToggled, useAppDispatch, useAppSelector } from '../../store/index.ts';
import { SpokenLine } from './line.tsx';
import { useCaptionsPlace } from './place.ts';
import { freshTurns } from './turns.ts';
import './captions.css';

const LOOK_EVERY_MS = 1_000;

/** The time, every second: old words leave the stage. */
function useNow(): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}

/** Says why there is nothing to read. */
function Waiting() {
  const { t } = useTranslation();
  const { refused } = useAppSelector((state) => state.captions);
  const { phase } = useAppSelector((state) => state.meeting.captions);
  const pending = useAppSelector((state) => state.meeting.pending.captions);
  const text = refused
    ? t('captions.refused')
    : phase === 'on'
      ? t('captions.listening')
      : phase === 'failed'
        ? t('captions.failed')
        : phase === 'starting' || pending !== undefined
          ? t('captions.starting')
          : t('captions.ended');
  return <p className="captions-waiting">{text}</p>;
}

/** The last words, over the stage or below it. */
export default function CaptionsStrip() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const { lines, look } = useAppSelector((state) => state.captions);
  const place = useCaptionsPlace();
  const late = useAppSelector((state) => state.meeting.captions.late === true);
  const nowMs = useNow();
  const turns = freshTurns(lines, Math.max(nowMs, lines.at(-1)?.changedMs ?? 0));
  return (
    <section
      className={`captions captions-${place} captions-${look.size}`}
      aria-label={t('captions.title')}
      data-testid="captions"
    >
      {/* Whoever hears a screen reader hears the people, too: it is read when asked for, not while they speak. */}
      <div className="captions-lines" role="log" aria-live="off" aria-label={t('captions.title')}>
        {turns.length === 0 ? <Waiting /> : turns.map((turn) => <SpokenLine key={turn.id} turn={turn} />)}
      </div>
      <div className="captions-tools">
        {late && (
          <span className="captions-late" title={t('captions.lateLong')} data-testid="captions-late">
            <TriangleAlert size={15} aria-hidden="true" />
            <span>{t('captions.late')}</span>
          </span>
        )}
        <button
          type="button"
          className="captions-tool"
          title={t('captions.panelOpen')}
          aria-label={t('captions.panelOpen')}
          data-testid="captions-history"
          onClick={() => dispatch(panelToggled('captions'))}
        >
          <TextQuote size={18} aria-hidden="true" />
        </button>
        <button
          type="button"
          className="captions-tool"
          title={t('captions.look')}
          aria-label={t('captions.look')}
          onClick={() => dispatch(dialogOpened('settings'))}
        >
          <Settings2 size={18} aria-hidden="true" />
        </button>
      </div>
    </section>
  );
}
