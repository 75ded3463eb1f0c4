import {
  Captions,
  CircleDot,
  CirclePause,
  CirclePlay,
  Ellipsis,
  FileText,
  Keyboard,
  ListChecks,
  ScrollText,
  Settings,
  SlidersHorizontal,
  SmilePlus,
  TextQuote,
  Users,
} from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover, Separator } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import {
  dialogOpened,
  panelToggled,
  selectMayCommand,
  selectWhyNoScribe,
  useAppDispatch,
  useAppSelector,
} from '../../store/index.ts';

function Item(props: {
  readonly id: string;
  readonly icon: ReactNode;
  readonly text: string;
  readonly onAction: () => void;
  readonly testId?: string;
}) {
  return (
    <MenuItem
      id={props.id}
      className="menu-item"
      textValue={props.text}
      onAction={props.onAction}
      data-testid={props.testId}
    >
      {props.icon}
      <span>{props.text}</span>
    </MenuItem>
  );
}

/**
 * Everything that is needed less often, and what the bar has no room for.
 * @param props.narrow the bar of a phone
 * @param props.tight the bar keeps its words, and what is pressed seldom is here
 */
export default function MoreMenu({
  narrow,
  tight,
  open,
  onReact,
}: {
  readonly narrow: boolean;
  readonly tight: boolean;
  readonly open: boolean;
  readonly onReact: (() => void) | undefined;
}) {
  const { t } = useTranslation();
  const call = useCall();
  const dispatch = useAppDispatch();
  const may = useAppSelector(selectMayCommand);
  const why = useAppSelector(selectWhyNoScribe);
  const note = useId();
  const { recording, transcription, rights } = useAppSelector((state) => state.meeting);
  const captioned = useAppSelector((state) => state.captions.wanted);
  const { able: mayMinutes, drafts } = useAppSelector((state) => state.meeting.minutes);
  const runs = (phase: typeof recording.phase): boolean => phase === 'on' || phase === 'starting' || phase === 'paused';
  const paused = recording.phase === 'paused';
  const records = runs(recording.phase);
  const transcribes = runs(transcription.phase);
  return (
    <MenuTrigger defaultOpen={open}>
      {/* The button itself takes no title. */}
      <span className="control-titled" title={t('control.moreLong')}>
        <Button autoFocus={open} className="control control-plain" data-testid="more">
          <Ellipsis size={20} aria-hidden="true" />
          <span className="control-label">{t('control.more')}</span>
        </Button>
      </span>
      <Popover className="menu-popover" placement="top end" offset={8}>
        <Menu className="menu" {...(why === undefined ? {} : { 'aria-describedby': note })}>
          {tight && onReact !== undefined && (
            <Item
              id="react"
              icon={<SmilePlus size={18} aria-hidden="true" />}
              text={t('control.reactLong')}
              testId="react"
              onAction={onReact}
            />
          )}
          {narrow && (
            <Item
              id="people"
              icon={<Users size={18} aria-hidden="true" />}
              text={t('control.people')}
              testId="people"
              onAction={() => dispatch(panelToggled('people'))}
            />
          )}
          {narrow && may.caption && (
            <Item
              id="captions"
              icon={<Captions size={18} aria-hidden="true" />}
              text={t(captioned ? 'control.captionsOff' : 'control.captionsOn')}
              testId="captions-toggle"
              onAction={() => call.captions.want(!captioned)}
            />
          )}
          {narrow && may.record && (
            <Item
              id="record"
              icon={<CircleDot size={18} aria-hidden="true" />}
              text={t(records ? 'control.recordStop' : 'control.recordStart')}
              testId="record"
              onAction={() => void call.meeting.command({ action: records ? 'stop' : 'start', what: 'recording' })}
            />
          )}
          {tight && may.record && (recording.phase === 'on' || paused) && (
            <Item
              id="record-pause"
              icon={paused ? <CirclePlay size={18} aria-hidden="true" /> : <CirclePause size={18} aria-hidden="true" />}
              text={t(paused ? 'control.recordResumeLong' : 'control.recordPauseLong')}
              testId="record-pause"
              onAction={() => void call.meeting.command({ action: paused ? 'resume' : 'pause', what: 'recording' })}
            />
          )}
          {tight && may.transcribe && (
            <Item
              id="transcribe"
              icon={<FileText size={18} aria-hidden="true" />}
              text={t(transcribes ? 'control.transcribeStop' : 'control.transcribeStart')}
              testId="transcribe"
              onAction={() =>
                void call.meeting.command({ action: transcribes ? 'stop' : 'start', what: 'transcription' })
              }
            />
          )}
          {tight && <Separator className="menu-line" />}
          {may.recordingOptions && !records && (
            <Item
              id="record-options"
              icon={<SlidersHorizontal size={18} aria-hidden="true" />}
              text={t('control.recordOptions')}
              testId="record-options"
              onAction={() => dispatch(dialogOpened('recording'))}
            />
          )}
          {captioned && (
            <Item
              id="captions-panel"
              icon={<TextQuote size={18} aria-hidden="true" />}
              text={t('captions.panelOpen')}
              onAction={() => dispatch(panelToggled('captions'))}
            />
          )}
          {mayMinutes && (
            <Item
              id="minutes"
              icon={<ListChecks size={18} aria-hidden="true" />}
              text={drafts.length === 0 ? t('minutes.title') : t('minutes.titleCount', { count: drafts.length })}
              testId="minutes"
              onAction={() => dispatch(dialogOpened('minutes'))}
            />
          )}
          <Item
            id="results"
            icon={<ScrollText size={18} aria-hidden="true" />}
            text={t('control.results')}
            testId="results"
            onAction={() => dispatch(dialogOpened('results'))}
          />
          <Item
            id="settings"
            icon={<Settings size={18} aria-hidden="true" />}
            text={t('control.settings')}
            testId="settings"
            onAction={() => dispatch(dialogOpened('settings'))}
          />
          <Item
            id="shortcuts"
            icon={<Keyboard size={18} aria-hidden="true" />}
            text={t('control.shortcuts')}
            onAction={() => dispatch(dialogOpened('shortcuts'))}
          />
        </Menu>
        {why !== undefined && (
          <p id={note} className="menu-note" data-testid="no-scribe">
            {t(`control.noScribe.${why}`, { watcher: rights?.watcher_user_id })}
          </p>
        )}
      </Popover>
    </MenuTrigger>
  );
}
