import { Camera, Languages, Mic, Volume2 } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { changeLanguage, languageOf, LANGUAGES, type Language } from '../../i18n/index.ts';
import { CaptionsSettings } from '../captions/index.ts';
import { RoomConsentLevel } from '../consent/index.ts';
import { DeviceSelect, LevelMeter } from '../devices/index.ts';
import { Choice } from '../../ui/choice.tsx';
import { CallDialog } from '../../ui/dialog.tsx';

/** Devices and language of this person, for this browser. */
export default function Settings() {
  const { t, i18n } = useTranslation();
  const call = useCall();
  useEffect(() => void call.local.refreshDevices(), [call]);
  return (
    <CallDialog title={t('settings.title')}>
      <div className="dialog-section">
        <DeviceSelect kind="audioinput" icon={<Mic size={16} aria-hidden="true" />} />
        <LevelMeter />
        <DeviceSelect kind="videoinput" icon={<Camera size={16} aria-hidden="true" />} />
        <DeviceSelect kind="audiooutput" icon={<Volume2 size={16} aria-hidden="true" />} />
      </div>
      <Choice
        icon={<Languages size={16} aria-hidden="true" />}
        label={t('settings.language')}
        value={languageOf(i18n.language)}
        choices={(Object.keys(LANGUAGES) as Language[]).map((language) => ({
          value: language,
          text: LANGUAGES[language],
          lang: language,
        }))}
        onChoose={(language) => void changeLanguage(i18n, language)}
      />
      <RoomConsentLevel />
      <CaptionsSettings />
    </CallDialog>
  );
}
