import { Captions, CircleAlert, CirclePause, DoorOpen, Ear, FileText, Globe, LockKeyhole, Route } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatClock, type ScribePhase, type ScribeWork } from '@palabre/protocol';
import {
  panelToggled,
  selectOperators,
  selectOtherServers,
  selectProgress,
  selectScribe,
  selectStartedMs,
  useAppDispatch,
  useAppSelector,
} from '../../store/index.ts';
import { useFocusOnArrival } from '../../ui/focus.ts';
import { HandsHint } from '../reactions/index.ts';
import { isoDuration } from './clock.ts';
import './top-line.css';

function Duration({ ms, says }: { ms: number; says: string }) {
  return (
    <time className="clock" dateTime={isoDuration(ms)} title={says}>
      <span className="visually-hidden">{says} </span>
      {formatClock(ms)}
    </time>
  );
}

/** Counts from a moment on. */
function Clock({ startedMs, says }: { startedMs: number; says: string }) {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return <Duration ms={nowMs - startedMs} says={says} />;
}

const ICONS = {
  recording: <span className="record-dot" aria-hidden="true" />,
  transcription: <FileText size={16} aria-hidden="true" />,
  captions: <Captions size={16} aria-hidden="true" />,
};

/** What goes on: in words, and on a phone as a sign of its own with as few letters as tell its phases apart. */
function StateMark(props: {
  readonly what: ScribeWork;
  readonly phase: ScribePhase;
  /** In other words than those of the phase. */
  readonly says?: string | undefined;
  readonly clock?: ReactNode;
}) {
  const { t } = useTranslation();
  const { what, phase, clock } = props;
  if (phase === 'off') return null;
  // Only recordings are paused.
  const text = props.says ?? (phase === 'paused' ? t('top.recording.paused') : t(`top.${what}.${phase}`));
  const moves = phase === 'starting' || phase === 'stopping' ? '…' : '';
  const letters =
    phase === 'paused' ? t('top.recording.shortPaused') : what === 'recording' ? t('top.recording.short') : '';
  return (
    <span className={`state state-${what}`} data-phase={phase} data-testid={`${what}-state`} title={text}>
      {phase === 'paused' ? <CirclePause size={15} aria-hidden="true" /> : ICONS[what]}
      {phase === 'failed' && <CircleAlert size={15} aria-hidden="true" />}
      <span className="state-word">{text}</span>
      <span className="state-short" aria-hidden="true">
        {letters}
        {moves}
      </span>
      {clock}
    </span>
  );
}

/** Is the call recorded, and how much of it so far? */
function RecordingMark() {
  const { t } = useTranslation();
  const {
    phase,
    since_ms: sinceMs,
    elapsed_ms: elapsedMs,
  } = useAppSelector((state) => selectProgress(state, 'recording'));
  // Something of it is there already: it was paused or interrupted.
  const resumes = phase === 'starting' && sinceMs !== undefined;
  const clock =
    elapsedMs !== undefined && (phase === 'paused' || resumes) ? (
      <Duration ms={elapsedMs} says={t('top.recorded')} />
    ) : sinceMs !== undefined && (phase === 'on' || resumes) ? (
      <Clock startedMs={sinceMs} says={t('top.recorded')} />
    ) : undefined;
  const says = resumes ? t('top.recording.resuming') : undefined;
  return <StateMark what="recording" phase={phase} says={says} clock={clock} />;
}

/** The scribe is not one of the people, but everybody sees that it is there and what it does. */
function ScribeMark() {
  const { t } = useTranslation();
  const scribe = useAppSelector(selectScribe);
  const recording = useAppSelector((state) => selectProgress(state, 'recording').phase);
  const transcription = useAppSelector((state) => selectProgress(state, 'transcription').phase);
  const captions = useAppSelector((state) => state.meeting.captions.phase);
  if (scribe === undefined) return null;
  const records = recording === 'on';
  const does =
    records && transcription === 'on'
      ? 'both'
      : records
        ? 'records'
        : captions === 'on' && transcription === 'off'
          ? 'captions'
          : 'listens';
  const text = t(`top.scribe.${does}`);
  // The marks beside it say in words what it does.
  const said = recording !== 'off' || transcription !== 'off' || captions !== 'off';
  return (
    <span
      className="state state-scribe"
      title={text}
      data-said={said}
      data-testid="scribe"
      data-user-id={scribe.userId}
    >
      <Ear size={15} aria-hidden="true" />
      <span className={said ? 'visually-hidden' : 'state-detail'}>{text}</span>
    </span>
  );
}

/** Somebody waits to be let in: everybody sees how many; for those who may let them in it leads to the names. */
function WaitingMark() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const { count } = useAppSelector((state) => state.meeting.lobby);
  const mayAdmit = useAppSelector((state) => state.meeting.rights?.may_admit === true);
  const open = useAppSelector((state) => state.screen.panel === 'people');
  if (count === 0) return null;
  const text = t('top.waiting', { count });
  const inside = (
    <>
      <DoorOpen size={15} aria-hidden="true" />
      <span className="state-count" aria-hidden="true">
        {count}
      </span>
      <span className="state-word">{text}</span>
    </>
  );
  return mayAdmit ? (
    <button
      type="button"
      className="state state-waiting state-waiting-button"
      data-testid="waiting-state"
      title={t('top.waitingLong', { count })}
      aria-expanded={open}
      onClick={() => {
        if (!open) dispatch(panelToggled('people'));
      }}
    >
      {inside}
    </button>
  ) : (
    <span className="state state-waiting" data-testid="waiting-state" title={t('top.waitingLong', { count })}>
      {inside}
    </span>
  );
}

/** Without encryption, whoever runs a server that media passes through could look and listen. */
function ThroughMark() {
  const { t } = useTranslation();
  const operators = useAppSelector(selectOperators).join(', ');
  if (operators === '') return null;
  return (
    <span className="state state-through" title={t('top.throughLong', { operators })} data-testid="through">
      <Route size={15} aria-hidden="true" />
      <span className="state-detail" aria-hidden="true">
        {t('top.through', { operators })}
      </span>
      <span className="visually-hidden">{t('top.throughLong', { operators })}</span>
    </span>
  );
}

/** What concerns everybody: where we are, since when, whether it is recorded, transcribed, encrypted, and with whom. */
export function TopLine() {
  const { t } = useTranslation();
  const { roomName, encrypted } = useAppSelector((state) => state.call);
  const transcription = useAppSelector((state) => selectProgress(state, 'transcription').phase);
  const captions = useAppSelector((state) => state.meeting.captions.phase);
  const startedMs = useAppSelector(selectStartedMs);
  const servers = useAppSelector(selectOtherServers);
  const title = useFocusOnArrival<HTMLHeadingElement>();
  return (
    <header className="top-line" data-testid="top-line" aria-label={t('top.label')}>
      <h1 className="top-title focus-landing" title={roomName} tabIndex={-1} ref={title}>
        {roomName ?? t('top.call')}
      </h1>
      {/* Beside the name, away from the recording's: which is whose must be plain. */}
      {startedMs !== undefined && <Clock startedMs={startedMs} says={t('top.duration')} />}
      <div className="top-marks">
        <HandsHint />
        {servers.length > 0 && (
          <span className="state state-partners" title={t('top.partners', { servers: servers.join(', ') })}>
            <Globe size={15} aria-hidden="true" />
            <span className="state-detail">{t('top.partners', { servers: servers.join(', ') })}</span>
          </span>
        )}
        <WaitingMark />
        <ThroughMark />
        <ScribeMark />
        <RecordingMark />
        <StateMark what="transcription" phase={transcription} />
        <StateMark what="captions" phase={captions} />
        {encrypted && (
          <span className="state state-encrypted" title={t('top.encryptedLong')}>
            <LockKeyhole size={15} aria-hidden="true" />
            <span className="state-detail">{t('top.encrypted')}</span>
          </span>
        )}
      </div>
    </header>
  );
}
