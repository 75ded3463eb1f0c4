import { Camera, ChevronDown, Languages, Mic, Volume2 } from 'lucide-react';
import { useEffect, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { changeLanguage, languageOf, LANGUAGES, type Language } from '../../i18n/index.ts';
import { CaptionsSettings } from '../captions/index.ts';
import { RoomConsentLevel } from '../consent/index.ts';
import { DeviceSelect, LevelMeter } from '../devices/index.ts';
import { CallDialog } from '../../ui/dialog.tsx';

/** Devices and language of this person, for this browser. */
export default function Settings() {
  const { t, i18n } = useTranslation();
  const call = useCall();
  const id = useId();
  useEffect(() => void call.local.refreshDevices(), [call]);
  return (
    <CallDialog title={t('settings.title')}>
      <div className="dialog-section">
        <DeviceSelect kind="audioinput" icon={<Mic size={16} aria-hidden="true" />} />
        <LevelMeter />
        <DeviceSelect kind="videoinput" icon={<Camera size={16} aria-hidden="true" />} />
        <DeviceSelect kind="audiooutput" icon={<Volume2 size={16} aria-hidden="true" />} />
      </div>
      <div className="device">
        <label htmlFor={id} className="device-label">
          <Languages size={16} aria-hidden="true" />
          {t('settings.language')}
        </label>
        <span className="device-field">
          <select
            id={id}
            className="device-select"
            value={languageOf(i18n.language)}
            onChange={(event) => void changeLanguage(i18n, languageOf(event.target.value))}
          >
            {(Object.keys(LANGUAGES) as Language[]).map((language) => (
              <option key={language} value={language} lang={language}>
                {LANGUAGES[language]}
              </option>
            ))}
          </select>
          <ChevronDown size={18} aria-hidden="true" />
        </span>
      </div>
      <RoomConsentLevel />
      <CaptionsSettings />
    </CallDialog>
  );
}
