import { ChevronDown } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import type { DeviceKind } from '../../call/index.ts';
import { useAppSelector } from '../../store/index.ts';
import './devices.css';

const NAMES = { audioinput: 'microphone', videoinput: 'camera', audiooutput: 'speaker' } as const;

/** Chooses one of the plugged-in devices of a kind. Hidden where the browser offers no choice or the person allowed none. */
export function DeviceSelect({ kind, icon }: { kind: DeviceKind; icon: ReactNode }) {
  const { t } = useTranslation();
  const call = useCall();
  const id = useId();
  const devices = useAppSelector((state) => state.local.devices[kind]);
  const chosen = useAppSelector((state) => state.local.chosen[kind]);
  const name = t(`device.${NAMES[kind]}`);
  const blocked = useAppSelector(
    ({ local }) =>
      kind === 'audiooutput' || (kind === 'audioinput' ? local.microphone : local.camera).trouble !== undefined,
  );
  if (blocked && devices.length === 0) return null;
  const current =
    devices.find((device) => device.id === chosen)?.id ?? devices.find((device) => device.id === 'default')?.id;
  return (
    <div className="device">
      <label htmlFor={id} className="device-label">
        {icon}
        {name}
      </label>
      <span className="device-field">
        <select
          id={id}
          className="device-select"
          value={current ?? devices[0]?.id ?? ''}
          disabled={devices.length === 0}
          onChange={(event) => void call.local.choose(kind, event.target.value)}
        >
          {devices.length === 0 && <option value="">{t('device.none')}</option>}
          {devices.map((device, index) => (
            <option key={device.id} value={device.id}>
              {device.label === '' ? t('device.unnamed', { kind: name, number: index + 1 }) : device.label}
            </option>
          ))}
        </select>
        <ChevronDown size={18} aria-hidden="true" />
      </span>
    </div>
  );
}
