import {
  CircleAlert,
  CornerUpRight,
  DoorOpen,
  Hand,
  Hourglass,
  ListChecks,
  LockKeyholeOpen,
  MonitorUp,
  RefreshCw,
  ShieldAlert,
  Volume2,
  X,
} from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import {
  dialogOpened,
  noticeDismissed,
  panelToggled,
  selectNeedsEncryption,
  selectUnconfirmed,
  useAppDispatch,
  useAppSelector,
} from '../../store/index.ts';
import { SMALL_CALL, useMediaQuery } from '../../ui/media-query.ts';
import { ConsentNotice } from '../consent/index.ts';
import './notices.css';

const KNOWN_FAILURES = [
  'M_FORBIDDEN',
  'PALABRE_WATCHER_ABSENT',
  'PALABRE_SCRIBE_ABSENT',
  'PALABRE_ROOM_REPLACED',
  'PALABRE_WRONG_STATE',
  'PALABRE_NO_CAPACITY',
  'NO_EFFECT',
  'NETWORK',
] as const;

function Notice(props: {
  readonly icon: ReactNode;
  readonly text: string;
  readonly tone?: 'plain' | 'trouble';
  readonly action?: ReactNode;
  readonly onDismiss?: () => void;
}) {
  const { t } = useTranslation();
  return (
    <div className={`notice notice-${props.tone ?? 'plain'}`} data-testid="notice">
      {props.icon}
      <p title={props.text}>{props.text}</p>
      {props.action}
      {props.onDismiss !== undefined && (
        <button
          type="button"
          className="icon-button notice-close"
          aria-label={t('dismiss')}
          title={t('dismiss')}
          onClick={props.onDismiss}
        >
          <X size={18} aria-hidden="true" />
        </button>
      )}
    </div>
  );
}

/** Trouble with camera or microphone, until it is read or gone. */
function DeviceNotice({ kind }: { kind: 'microphone' | 'camera' }) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const { trouble } = useAppSelector((state) => state.local[kind]);
  const dismissed = useAppSelector((state) => state.screen.dismissed);
  const id = `${kind} ${trouble ?? ''}`;
  if (trouble === undefined || dismissed.includes(id)) return null;
  return (
    <Notice
      icon={<CircleAlert size={20} aria-hidden="true" />}
      tone="trouble"
      text={t(`trouble.${kind}.${trouble}`)}
      onDismiss={() => dispatch(noticeDismissed(id))}
    />
  );
}

/** Devices that their owners have not confirmed: said when they come, until it is read. */
function UnconfirmedNotice() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const unconfirmed = useAppSelector(selectUnconfirmed);
  const dismissed = useAppSelector((state) => state.screen.dismissed);
  const own = unconfirmed.some((person) => person.self);
  const others = unconfirmed.filter((person) => !person.self);
  const id = `unconfirmed ${unconfirmed.map((person) => person.id).join(' ')}`;
  if (unconfirmed.length === 0 || dismissed.includes(id)) return null;
  const names = others.map((person) => person.name).join(', ');
  return (
    <Notice
      icon={<ShieldAlert size={20} aria-hidden="true" />}
      tone="trouble"
      // With an unconfirmed device of our own nobody gets through to anybody: that comes first.
      text={own ? t('notice.ownUnconfirmed') : t('notice.unconfirmed', { names, count: others.length })}
      onDismiss={() => dispatch(noticeDismissed(id))}
    />
  );
}

/** Why a command failed; once, when several failed for the same reason. */
function CommandNotice({ failure }: { failure: string }) {
  const { t } = useTranslation();
  const call = useCall();
  const rights = useAppSelector((state) => state.meeting.rights);
  const known = KNOWN_FAILURES.find((code) => code === failure);
  const text =
    known === undefined
      ? t('notice.command.OTHER', { code: failure })
      : t(`notice.command.${known}`, {
          watcher: rights?.watcher_user_id ?? '@palabre',
          scribe: rights?.scribe_user_id ?? '@palabre-scribe',
        });
  return (
    <Notice
      icon={<CircleAlert size={20} aria-hidden="true" />}
      tone="trouble"
      text={text}
      onDismiss={() => call.meeting.dismissFailure(failure)}
    />
  );
}

/** A hand or an emoji did not reach the room. */
function ReactionNotice() {
  const { t } = useTranslation();
  const call = useCall();
  const failure = useAppSelector((state) => state.reactions.failure);
  if (failure === undefined) return null;
  return (
    <Notice
      icon={<Hand size={20} aria-hidden="true" />}
      tone="trouble"
      text={t(`notice.reaction.${failure}`)}
      onDismiss={() => call.reactions.dismissFailure()}
    />
  );
}

/** Somebody waits to be let in, and the list is not open. */
function LobbyNotice() {
  const { t } = useTranslation();
  const small = useMediaQuery(SMALL_CALL);
  const call = useCall();
  const dispatch = useAppDispatch();
  const { people, failure, deciding } = useAppSelector((state) => state.meeting.lobby);
  const panel = useAppSelector((state) => state.screen.panel);
  const dismissed = useAppSelector((state) => state.screen.dismissed);
  if (failure !== undefined) {
    const known = failure === 'M_FORBIDDEN' || failure === 'NETWORK' ? failure : undefined;
    return (
      <Notice
        icon={<CircleAlert size={20} aria-hidden="true" />}
        tone="trouble"
        text={known === undefined ? t('notice.command.OTHER', { code: failure }) : t(`notice.command.${known}`)}
        onDismiss={() => call.meeting.lobby.dismissFailure()}
      />
    );
  }
  const [first, ...more] = people;
  const id = `lobby ${people.map(({ userId }) => userId).join(' ')}`;
  if (first === undefined || panel === 'people' || dismissed.includes(id)) return null;
  const { userId, name } = first;
  return (
    <Notice
      icon={<DoorOpen size={20} aria-hidden="true" />}
      text={t('waiting.notice', { count: people.length, name })}
      action={
        more.length === 0 ? (
          <button
            type="button"
            className="button button-primary"
            aria-label={t('waiting.admitName', { name })}
            disabled={deciding.includes(userId)}
            onClick={() => void call.meeting.lobby.decide([userId], 'admit')}
          >
            {t('waiting.admit')}
          </button>
        ) : (
          // A small call has no room for the list.
          !small && (
            <button type="button" className="button button-primary" onClick={() => dispatch(panelToggled('people'))}>
              {t('waiting.show')}
            </button>
          )
        )
      }
      onDismiss={() => dispatch(noticeDismissed(id))}
    />
  );
}

/** Minutes wait for this person's approval. They can wait until the call has room for them. */
function DraftNotice() {
  const { t } = useTranslation();
  const small = useMediaQuery(SMALL_CALL);
  const dispatch = useAppDispatch();
  const { drafts } = useAppSelector((state) => state.meeting.minutes);
  const dismissed = useAppSelector((state) => state.screen.dismissed);
  const id = `drafts ${drafts.map((draft) => draft.id).join(' ')}`;
  if (small || drafts.length === 0 || dismissed.includes(id)) return null;
  return (
    <Notice
      icon={<ListChecks size={20} aria-hidden="true" />}
      text={t('minutes.waiting', { count: drafts.length })}
      action={
        <button
          type="button"
          className="button button-primary"
          data-testid="minutes-read"
          onClick={() => dispatch(dialogOpened('minutes'))}
        >
          {t('minutes.read')}
        </button>
      }
      onDismiss={() => dispatch(noticeDismissed(id))}
    />
  );
}

/** The room was upgraded in mid-call: whoever is in may stay. */
function ReplacedNotice() {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const replaced = useAppSelector((state) => state.meeting.replaced);
  const dismissed = useAppSelector((state) => state.screen.dismissed.includes('replaced'));
  if (!replaced || dismissed) return null;
  return (
    <Notice
      icon={<CornerUpRight size={20} aria-hidden="true" />}
      text={t('notice.replaced')}
      onDismiss={() => dispatch(noticeDismissed('replaced'))}
    />
  );
}

/** SFUs of other organisations that do not have us, and the end of our time. */
function LimitNotices() {
  const { t } = useTranslation();
  const { barriers, minutesLeft } = useAppSelector((state) => state.call);
  return (
    <>
      {minutesLeft !== undefined && (
        <Notice
          icon={<Hourglass size={20} aria-hidden="true" />}
          text={t('notice.minutesLeft', { count: minutesLeft })}
        />
      )}
      {barriers.map(({ host, why }) => (
        <Notice
          key={host}
          icon={<DoorOpen size={20} aria-hidden="true" />}
          text={t(`notice.barrier.${why}`, { host })}
        />
      ))}
    </>
  );
}

/** What went wrong or needs a click, where it can be seen while the call goes on. */
export function Notices() {
  const { t } = useTranslation();
  const call = useCall();
  const { connection, encrypted, phase, probablyLeft, soundBlocked } = useAppSelector((state) => state.call);
  const sharing = useAppSelector((state) => state.local.screen === 'on');
  const failures = useAppSelector((state) => state.meeting.failures);
  const needsEncryption = useAppSelector(selectNeedsEncryption);
  return (
    <div className="notices" role="status">
      {phase === 'joined' && connection === 'reconnecting' && (
        <Notice icon={<span className="spinner" aria-hidden="true" />} text={t('notice.reconnecting')} />
      )}
      {probablyLeft && connection === 'connected' && (
        <Notice icon={<RefreshCw size={20} aria-hidden="true" />} text={t('notice.probablyLeft')} />
      )}
      {phase === 'joined' && <ReplacedNotice />}
      {phase === 'joined' && <ConsentNotice />}
      {phase === 'joined' && soundBlocked && (
        <Notice
          icon={<Volume2 size={20} aria-hidden="true" />}
          text={t('notice.soundBlocked')}
          action={
            <button type="button" className="button button-primary" onClick={() => void call.unblockSound()}>
              {t('notice.playSound')}
            </button>
          }
        />
      )}
      {needsEncryption && (
        <Notice
          icon={<LockKeyholeOpen size={20} aria-hidden="true" />}
          tone="trouble"
          text={t(encrypted ? 'notice.unseenEncryption' : 'notice.needsEncryption')}
        />
      )}
      {sharing && (
        <Notice
          icon={<MonitorUp size={20} aria-hidden="true" />}
          text={t('stage.sharing')}
          action={
            <button type="button" className="button" onClick={() => void call.local.setScreen(false)}>
              {t('control.shareStop')}
            </button>
          }
        />
      )}
      <LobbyNotice />
      <DraftNotice />
      <LimitNotices />
      <UnconfirmedNotice />
      <DeviceNotice kind="microphone" />
      <DeviceNotice kind="camera" />
      <ReactionNotice />
      {[...new Set(Object.values(failures))].map((failure) =>
        failure === undefined ? null : <CommandNotice key={failure} failure={failure} />,
      )}
    </div>
  );
}
