import {
  Captions,
  CircleDot,
  CirclePause,
  CirclePlay,
  CircleStop,
  FileText,
  Mic,
  MicOff,
  MonitorUp,
  MonitorX,
  PhoneOff,
  Users,
  Video,
  VideoOff,
} from 'lucide-react';
import { Suspense, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { panelToggled, selectMayCommand, selectPeople, useAppDispatch, useAppSelector } from '../../store/index.ts';
import { NARROW_BAR, SMALL_CALL, TIGHT_BAR, useMediaQuery } from '../../ui/media-query.ts';
import { Picker } from '../reactions/index.ts';
import { Control } from './control.tsx';
import { More } from './more.tsx';
import { HandControl, ReactControl } from './reaction-controls.tsx';
import { useShortcuts } from './shortcuts.ts';
import './controls.css';

function DeviceControls({ small }: { readonly small: boolean }) {
  const { t } = useTranslation();
  const call = useCall();
  const { microphone, camera, screen } = useAppSelector((state) => state.local);
  const canShare = !small && 'getDisplayMedia' in navigator.mediaDevices;
  return (
    <div className="control-group">
      <Control
        icon={microphone.wanted ? Mic : MicOff}
        label={t(microphone.wanted ? 'control.mute' : 'control.unmute')}
        action={t(microphone.wanted ? 'control.muteLong' : 'control.unmuteLong')}
        tone={microphone.wanted ? 'plain' : 'off'}
        busy={microphone.phase === 'starting'}
        shortcut="M"
        data-testid="toggle-mic"
        onClick={() => void call.local.setMicrophone(!microphone.wanted)}
      />
      <Control
        icon={camera.wanted ? Video : VideoOff}
        label={t('control.camera')}
        action={t(camera.wanted ? 'control.cameraOff' : 'control.cameraOn')}
        tone={camera.wanted ? 'plain' : 'off'}
        busy={camera.phase === 'starting'}
        shortcut="V"
        data-testid="toggle-cam"
        onClick={() => void call.local.setCamera(!camera.wanted)}
      />
      {canShare && (
        <Control
          icon={screen === 'on' ? MonitorX : MonitorUp}
          label={t('control.share')}
          action={t(screen === 'on' ? 'control.shareStop' : 'control.shareStart')}
          tone={screen === 'on' ? 'active' : 'plain'}
          busy={screen === 'starting'}
          data-testid="share-screen"
          onClick={() => void call.local.setScreen(screen !== 'on')}
        />
      )}
    </div>
  );
}

/** Recording and transcription, for those who may. Where the bar is tight, recording only: the rest is in its menu. */
function ScribeControls({ tight }: { readonly tight: boolean }) {
  const { t } = useTranslation();
  const call = useCall();
  const may = useAppSelector(selectMayCommand);
  const { recording, transcription, pending } = useAppSelector((state) => state.meeting);
  const runs = (phase: typeof recording.phase): boolean => phase === 'on' || phase === 'starting' || phase === 'paused';
  const paused = recording.phase === 'paused';
  const button = (what: 'recording' | 'transcription') => {
    const { phase } = what === 'recording' ? recording : transcription;
    const on = runs(phase);
    const name = what === 'recording' ? 'record' : 'transcribe';
    const icons = what === 'recording' ? { on: CircleStop, off: CircleDot } : { on: FileText, off: FileText };
    return (
      <Control
        icon={on ? icons.on : icons.off}
        label={t(`control.${name}`)}
        action={t(on ? `control.${name}Stop` : `control.${name}Start`)}
        tone={on ? 'active' : 'plain'}
        busy={pending[what] !== undefined || phase === 'starting' || phase === 'stopping'}
        aria-pressed={on}
        data-testid={name}
        onClick={() => void call.meeting.command({ action: on ? 'stop' : 'start', what })}
      />
    );
  };
  return (
    <>
      {may.record && button('recording')}
      {!tight && may.record && (recording.phase === 'on' || paused) && (
        <Control
          icon={paused ? CirclePlay : CirclePause}
          label={t(paused ? 'control.recordResume' : 'control.recordPause')}
          action={t(paused ? 'control.recordResumeLong' : 'control.recordPauseLong')}
          busy={pending.recording !== undefined}
          data-testid="record-pause"
          onClick={() => void call.meeting.command({ action: paused ? 'resume' : 'pause', what: 'recording' })}
        />
      )}
      {!tight && may.transcribe && button('transcription')}
    </>
  );
}

/** Captions for this person. */
function CaptionsControl() {
  const { t } = useTranslation();
  const call = useCall();
  const may = useAppSelector(selectMayCommand).caption;
  const wanted = useAppSelector((state) => state.captions.wanted);
  const { captions, pending } = useAppSelector((state) => state.meeting);
  if (!may) return null;
  return (
    <Control
      icon={Captions}
      label={t('control.captions')}
      action={t(wanted ? 'control.captionsOff' : 'control.captionsOn')}
      tone={wanted ? 'active' : 'plain'}
      busy={wanted && (pending.captions !== undefined || captions.phase === 'starting')}
      shortcut="C"
      aria-pressed={wanted}
      data-testid="captions-toggle"
      onClick={() => call.captions.want(!wanted)}
    />
  );
}

/** The one bar at the bottom: mine, the meeting's, and the way out. What does not fit is in "more". */
export function Controls() {
  const { t } = useTranslation();
  const call = useCall();
  const dispatch = useAppDispatch();
  const narrow = useMediaQuery(NARROW_BAR);
  const tight = useMediaQuery(TIGHT_BAR);
  const small = useMediaQuery(SMALL_CALL);
  const count = useAppSelector(selectPeople).length;
  const panel = useAppSelector((state) => state.screen.panel);
  const { microphone, camera } = useAppSelector((state) => state.local);
  const able = useAppSelector((state) => state.reactions.able);
  const meeting = useRef<HTMLDivElement>(null);
  const [picking, setPicking] = useState(false);
  const captioned = useAppSelector((state) => state.captions.wanted);
  const mayCaption = useAppSelector(selectMayCommand).caption;
  const shortcuts = useMemo(
    () => ({
      m: () => void call.local.setMicrophone(!microphone.wanted),
      v: () => void call.local.setCamera(!camera.wanted),
      p: () => void dispatch(panelToggled('people')),
      ...(able ? { h: () => void call.reactions.toggleHand() } : {}),
      ...(mayCaption ? { c: () => call.captions.want(!captioned) } : {}),
    }),
    [call, dispatch, microphone.wanted, camera.wanted, able, captioned, mayCaption],
  );
  useShortcuts(shortcuts);
  return (
    <footer className="controls" aria-label={t('control.bar')}>
      <DeviceControls small={small} />
      {!small && (
        <div className="control-group" ref={meeting}>
          <HandControl />
          {!narrow && (
            <>
              {!tight && <ReactControl open={picking} onOpen={() => setPicking(true)} />}
              <CaptionsControl />
              <ScribeControls tight={tight} />
              <Control
                icon={Users}
                label={`${t('control.people')} ${count}`}
                action={t(panel === 'people' ? 'control.peopleClose' : 'control.peopleOpen')}
                tone={panel === 'people' ? 'active' : 'plain'}
                shortcut="P"
                aria-expanded={panel === 'people'}
                data-testid="people"
                onClick={() => dispatch(panelToggled('people'))}
              />
            </>
          )}
          <More narrow={narrow} tight={tight} onReact={able ? () => setPicking(true) : undefined} />
        </div>
      )}
      {picking && !small && (
        <Suspense fallback={null}>
          <Picker anchor={meeting} onClose={() => setPicking(false)} />
        </Suspense>
      )}
      <Control
        icon={PhoneOff}
        label={t('control.leave')}
        action={t('control.leaveLong')}
        tone="leave"
        data-testid="leave"
        onClick={() => void call.leave()}
      />
    </footer>
  );
}
