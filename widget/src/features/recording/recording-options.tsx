import { AudioLines, LayoutGrid, MonitorUp, SquareUser, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { Button, Label, RadioButton, RadioField, RadioGroup } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { RECORDING_LAYOUTS, USUAL_RECORDING, type RecordingLayout } from '@palabre/protocol';
import { useCall } from '../../call-context.ts';
import { dialogOpened, useAppDispatch } from '../../store/index.ts';
import { CallDialog } from '../../ui/dialog.tsx';
import './recording-options.css';

const ICONS: Readonly<Record<RecordingLayout, LucideIcon>> = {
  screen: MonitorUp,
  grid: LayoutGrid,
  speaker: SquareUser,
  audio: AudioLines,
};

/** How a recording is to look, before it starts. The button in the bar starts the usual one. */
export default function RecordingOptions() {
  const { t } = useTranslation();
  const call = useCall();
  const dispatch = useAppDispatch();
  const [layout, setLayout] = useState<RecordingLayout>(USUAL_RECORDING.layout);
  const [captions, setCaptions] = useState(USUAL_RECORDING.captions);
  const hasPicture = layout !== 'audio';
  const start = (): void => {
    dispatch(dialogOpened('none'));
    const recording = { layout, captions: captions && hasPicture };
    void call.meeting.command({ action: 'start', what: 'recording', recording });
  };
  return (
    <CallDialog title={t('recording.title')}>
      <RadioGroup
        className="recording-layouts"
        value={layout}
        onChange={(value) => setLayout(RECORDING_LAYOUTS.find((known) => known === value) ?? layout)}
      >
        <Label className="dialog-subtitle">{t('recording.layout')}</Label>
        <div className="recording-choices">
          {RECORDING_LAYOUTS.map((value) => {
            const Icon = ICONS[value];
            return (
              <RadioField key={value} value={value} className="recording-field" data-testid={`layout-${value}`}>
                <RadioButton className="recording-choice">
                  <Icon size={22} aria-hidden="true" />
                  <span>
                    {t(`recording.${value}`)}
                    <span className="switch-detail">{t(`recording.${value}Help`)}</span>
                  </span>
                </RadioButton>
              </RadioField>
            );
          })}
        </div>
      </RadioGroup>
      <label className="switch">
        <input
          type="checkbox"
          checked={captions && hasPicture}
          disabled={!hasPicture}
          data-testid="burnt-captions"
          onChange={(event) => setCaptions(event.target.checked)}
        />
        <span>
          {t('recording.captions')}
          <span className="switch-detail">{t('recording.captionsHelp')}</span>
        </span>
      </label>
      <Button className="recording-start" data-testid="recording-start" onPress={start}>
        {t('control.recordStart')}
      </Button>
    </CallDialog>
  );
}
