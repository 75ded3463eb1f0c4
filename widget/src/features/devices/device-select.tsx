import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import type { DeviceKind } from '../../call/index.ts';
import { useAppSelector } from '../../store/index.ts';
import { Choice } from '../../ui/choice.tsx';

const NAMES = { audioinput: 'microphone', videoinput: 'camera', audiooutput: 'speaker' } as const;

/** Chooses one of the plugged-in devices of a kind. Hidden where the browser offers no choice or the person allowed none. */
export function DeviceSelect({ kind, icon }: { kind: DeviceKind; icon: ReactNode }) {
  const { t } = useTranslation();
  const call = useCall();
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
  const choices = devices.map(({ id, label }, index) => ({
    value: id,
    text: label === '' ? t('device.unnamed', { kind: name, number: index + 1 }) : label,
  }));
  return (
    <Choice
      icon={icon}
      label={name}
      value={current ?? devices[0]?.id ?? ''}
      choices={choices.length === 0 ? [{ value: '', text: t('device.none') }] : choices}
      disabled={choices.length === 0}
      onChoose={(deviceId) => void call.local.choose(kind, deviceId)}
    />
  );
}
