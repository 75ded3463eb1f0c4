import { Camera, CircleAlert, DoorOpen, ListChecks, LockKeyhole, Mic, Route, Volume2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { dialogOpened, selectOperatorsAhead, selectOthers, useAppDispatch, useAppSelector } from '../../store/index.ts';
import { Avatar } from '../../ui/avatar.tsx';
import { useFocusOnArrival } from '../../ui/focus.ts';
import { useLobbyConsent } from '../consent/index.ts';
import { DeviceSelect, LevelMeter } from '../devices/index.ts';
import { namesInside } from './inside.ts';
import { Preview } from './preview.tsx';
import './lobby.css';

const NAMES_SHOWN = 2;
const FACES_SHOWN = 4;

/** Who is already there. */
function Inside() {
  const { t } = useTranslation();
  const others = useAppSelector(selectOthers);
  if (others.length === 0) return <p className="lobby-inside">{t('lobby.nobody')}</p>;
  const { names, more } = namesInside(others, NAMES_SHOWN);
  const list = names.join(', ');
  const text = more > 0 ? t('lobby.andMore', { names: list, count: more }) : list;
  return (
    <div className="lobby-inside">
      <span className="faces">
        {others.slice(0, FACES_SHOWN).map((person) => (
          <Avatar key={person.id} userId={person.userId} name={person.name} size="small" />
        ))}
      </span>
      <span>{t('lobby.inside', { names: text, count: names.length + more })}</span>
    </div>
  );
}

function Trouble({ kind }: { kind: 'microphone' | 'camera' }) {
  const { t } = useTranslation();
  const { trouble } = useAppSelector((state) => state.local[kind]);
  if (trouble === undefined) return null;
  return (
    <p className="lobby-trouble">
      <CircleAlert size={20} aria-hidden="true" />
      <span>{t(`trouble.${kind}.${trouble}`)}</span>
    </p>
  );
}

/** Whose servers sound and pictures will pass through, and whether those could look and listen. */
function Through() {
  const { t } = useTranslation();
  const encrypted = useAppSelector((state) => state.call.encrypted);
  const operators = useAppSelector(selectOperatorsAhead).join(', ');
  if (operators === '') return null;
  const Icon = encrypted ? LockKeyhole : Route;
  return (
    <p className="lobby-trouble" data-encrypted={encrypted} data-testid="lobby-through">
      <Icon size={20} aria-hidden="true" />
      <span>{t(encrypted ? 'lobby.throughEncrypted' : 'top.throughLong', { operators })}</span>
    </p>
  );
}

/** Minutes of an earlier meeting that wait for this person. */
function Drafts() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const { drafts } = useAppSelector((state) => state.meeting.minutes);
  if (drafts.length === 0) return null;
  return (
    <div className="lobby-drafts">
      <ListChecks size={20} aria-hidden="true" />
      <span>{t('minutes.waiting', { count: drafts.length })}</span>
      <button
        type="button"
        className="button"
        data-testid="minutes-read"
        onClick={() => dispatch(dialogOpened('minutes'))}
      >
        {t('minutes.read')}
      </button>
    </div>
  );
}

/** Before the call: how one looks and sounds, who is there, and one button. */
export function Lobby() {
  const { t } = useTranslation();
  const call = useCall();
  const { roomName, mustWait } = useAppSelector((state) => state.call);
  // The preview's switches come first: the keyboard starts before them.
  const page = useFocusOnArrival<HTMLElement>();
  const consent = useLobbyConsent();
  const dispatch = useAppDispatch();
  return (
    <main className="lobby focus-landing" aria-labelledby="lobby-title" tabIndex={-1} ref={page}>
      <div className="lobby-card">
        <Preview />
        <div className="lobby-side">
          <div className="lobby-head">
            <h1 className="lobby-title" id="lobby-title">
              {roomName ?? t('top.call')}
            </h1>
            <Inside />
            <div role="status" className="lobby-status">
              {mustWait !== 'no' && (
                <p className="lobby-trouble">
                  <DoorOpen size={20} aria-hidden="true" />
                  <span>{t(mustWait === 'alone' ? 'waiting.aheadAlone' : 'waiting.ahead')}</span>
                </p>
              )}
              <Through />
              <Drafts />
              <Trouble kind="microphone" />
              <Trouble kind="camera" />
            </div>
          </div>
          {consent.section}
          <div className="lobby-devices">
            <DeviceSelect kind="audioinput" icon={<Mic size={16} aria-hidden="true" />} />
            <LevelMeter />
            <DeviceSelect kind="videoinput" icon={<Camera size={16} aria-hidden="true" />} />
            <DeviceSelect kind="audiooutput" icon={<Volume2 size={16} aria-hidden="true" />} />
          </div>
          <button
            type="button"
            className="lobby-results"
            data-testid="results"
            onClick={() => dispatch(dialogOpened('results'))}
          >
            {t('control.results')}
          </button>
          <div className="lobby-actions">
            <button
              type="button"
              className="button button-primary lobby-join"
              data-testid="lobby-join"
              onClick={() => {
                consent.give();
                void call.join();
              }}
            >
              {t(mustWait === 'no' ? 'lobby.join' : 'waiting.ask')}
            </button>
            <button
              type="button"
              className="button lobby-cancel"
              data-testid="lobby-cancel"
              onClick={() => void call.leave()}
            >
              {t('lobby.cancel')}
            </button>
          </div>
        </div>
      </div>
    </main>
  );
}
