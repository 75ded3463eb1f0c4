import { recall, remember } from '../memory.ts';

export type DeviceKind = 'audioinput' | 'videoinput' | 'audiooutput';
export const DEVICE_KINDS: readonly DeviceKind[] = ['audioinput', 'videoinput', 'audiooutput'];

export interface Device {
  readonly id: string;
  readonly label: string;
}

export type DeviceLists = Readonly<Record<DeviceKind, readonly Device[]>>;
export type DeviceChoices = Readonly<Record<DeviceKind, string | undefined>>;

/** Why a camera or microphone cannot be used, as far as the browser says. */
export type DeviceTrouble = 'denied' | 'missing' | 'busy' | 'failed';

/** Sorts what `getUserMedia` throws. */
export function troubleOf(error: unknown): DeviceTrouble {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'denied';
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return 'missing';
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy';
  return 'failed';
}

const nameOf = (kind: DeviceKind): string => `device.${kind}`;

/** The devices used last time. */
export function recallChoices(): DeviceChoices {
  return {
    audioinput: recall(nameOf('audioinput')),
    videoinput: recall(nameOf('videoinput')),
    audiooutput: recall(nameOf('audiooutput')),
  };
}

/** Keeps a choice for the next call. */
export function rememberChoice(kind: DeviceKind, id: string): void {
  remember(nameOf(kind), id);
}

/** What is plugged in. Before the first permission browsers give no ids, and then no list. */
export async function listDevices(): Promise<DeviceLists> {
  const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  const list = (kind: DeviceKind): Device[] =>
    all
      .filter((device) => device.kind === kind && device.deviceId !== '')
      .map((device) => ({ id: device.deviceId, label: device.label }));
  return { audioinput: list('audioinput'), videoinput: list('videoinput'), audiooutput: list('audiooutput') };
}

/** A device that is remembered but gone must keep nobody out: the second try takes any. */
export async function openDevice<T>(
  id: string | undefined,
  open: (constraint: { deviceId?: ConstrainDOMString }) => Promise<T>,
): Promise<T> {
  if (id === undefined) return await open({});
  try {
    return await open({ deviceId: { exact: id } });
  } catch (error) {
    if (troubleOf(error) === 'denied') throw error;
    return await open({});
  }
}
