import {
  AudioLines,
  Captions,
  CircleAlert,
  CirclePause,
  DoorOpen,
  Ear,
  FileText,
  Globe,
  LockKeyhole,
  Route,
} from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ScribePhase, ScribeWork } from '@palabre/protocol';
import {
  panelToggled,
  selectOperators,
  selectOtherServers,
  selectScribe,
  selectStartedMs,
  useAppDispatch,
  useAppSelector,
} from '../../store/index.ts';
import { useFocusOnArrival } from '../../ui/focus.ts';
import { HandsHint } from '../reactions/index.ts';
import { formatDuration, isoDuration } from './clock.ts';
import './top-line.css';

/** Counts from a moment on. */
function Clock({ startedMs, title }: { startedMs: number; title: string }) {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const elapsed = nowMs - startedMs;
  return (
    <time className="clock" dateTime={isoDuration(elapsed)} title={title}>
      {formatDuration(elapsed)}
    </time>
  );
}

function StateMark(props: { readonly what: ScribeWork; readonly phase: ScribePhase; readonly icon: ReactNode }) {
  const { t } = useTranslation();
  if (props.phase === 'off') return null;
  // Only recordings are paused.
  const text = props.phase === 'paused' ? t('top.recording.paused') : t(`top.${props.what}.${props.phase}`);
  return (
    <span
      className={`state state-${props.what}`}
      data-phase={props.phase}
      data-testid={`${props.what}-state`}
      title={text}
    >
      {props.phase === 'failed' ? <CircleAlert size={15} aria-hidden="true" /> : props.icon}
      <span className="state-word">{text}</span>
      {props.phase === 'on' && props.what === 'recording' && (
        <span className="state-short" aria-hidden="true">
          {t('top.recording.short')}
        </span>
      )}
    </span>
  );
}

/** Is the call recorded, and how much of it so far? */
function RecordingMark() {
  const { t } = useTranslation();
  const { phase, since_ms: sinceMs, elapsed_ms: elapsedMs } = useAppSelector((state) => state.meeting.recording);
  const icon =
    phase === 'paused' ? (
      <CirclePause size={15} aria-hidden="true" />
    ) : (
      <span className="record-dot" aria-hidden="true" />
    );
  return (
    <>
      <StateMark what="recording" phase={phase} icon={icon} />
      {phase === 'on' && sinceMs !== undefined && <Clock startedMs={sinceMs} title={t('top.recorded')} />}
      {phase === 'paused' && elapsedMs !== undefined && (
        <time className="clock" dateTime={isoDuration(elapsedMs)} title={t('top.recorded')}>
          {formatDuration(elapsedMs)}
        </time>
      )}
    </>
  );
}

/** The scribe is not one of the people, but everybody sees that it is there and what it does. */
function ScribeMark() {
  const { t } = useTranslation();
  const scribe = useAppSelector(selectScribe);
  const recording = useAppSelector((state) => state.meeting.recording.phase);
  const transcription = useAppSelector((state) => state.meeting.transcription.phase);
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
    <span className="state" title={text} data-testid="scribe" data-user-id={scribe.userId}>
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
  const transcription = useAppSelector((state) => state.meeting.transcription.phase);
  const captions = useAppSelector((state) => state.meeting.captions.phase);
  const startedMs = useAppSelector(selectStartedMs);
  const servers = useAppSelector(selectOtherServers);
  const title = useFocusOnArrival<HTMLHeadingElement>();
  return (
    <header className="top-line" data-testid="top-line" aria-label={t('top.label')}>
      <h1 className="top-title focus-landing" title={roomName} tabIndex={-1} ref={title}>
        {roomName ?? t('top.call')}
      </h1>
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
        <StateMark
          what="transcription"
          phase={transcription}
          icon={
            transcription === 'on' ? (
              <FileText size={16} aria-hidden="true" />
            ) : (
              <AudioLines size={16} aria-hidden="true" />
            )
          }
        />
        <StateMark what="captions" phase={captions} icon={<Captions size={16} aria-hidden="true" />} />
        {encrypted && (
          <span className="state state-encrypted" title={t('top.encryptedLong')}>
            <LockKeyhole size={15} aria-hidden="true" />
            <span className="state-detail">{t('top.encrypted')}</span>
          </span>
        )}
        {startedMs !== undefined && <Clock startedMs={startedMs} title={t('top.duration')} />}
      </div>
    </header>
  );
}
