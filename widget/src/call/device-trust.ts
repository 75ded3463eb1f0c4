import { WidgetApiResponseError } from 'matrix-widget-api';
import type { DeviceTrustAnswer } from '@palabre/protocol';
import type { Host } from '../host/index.ts';

/** Has its owner confirmed (cross-signed) a device? `unknown` where the messenger does not say. */
export type Trust = 'signed' | 'unsigned' | 'unknown';

export interface Device {
  readonly userId: string;
  readonly deviceId: string;
}

/** What the messenger knows about the devices in the call. */
export interface DeviceTrust {
  of(device: Device): Trust;
  /** These are in the call now: the messenger is asked when they are others than before. */
  follow(devices: readonly Device[]): void;
  close(): void;
}

const nameOf = ({ userId, deviceId }: Device): string => `${userId} ${deviceId}`;

export function createDeviceTrust(
  host: Pick<Host, 'deviceTrust' | 'onDeviceTrust' | 'parameters'>,
  onChange: () => void,
): DeviceTrust {
  let known: ReadonlyMap<string, Trust> = new Map();
  /** Whom the last question was about, and who is here. */
  let asked = '';
  let present: readonly Device[] = [];
  let asking = false;
  // Where media is not encrypted, whose device it is changes nothing.
  let silent = !host.parameters.encrypted;

  const learn = ({ devices }: DeviceTrustAnswer): void => {
    known = new Map(
      devices.map(({ user_id, device_id, signed }) => [
        nameOf({ userId: user_id, deviceId: device_id }),
        signed ? 'signed' : 'unsigned',
      ]),
    );
    onChange();
  };
  const ask = async (): Promise<void> => {
    const names = present.map(nameOf).sort().join('\n');
    if (silent || asking || names === asked) return;
    asking = true;
    asked = names;
    try {
      const devices = present.map(({ userId, deviceId }) => ({ user_id: userId, device_id: deviceId }));
      learn(await host.deviceTrust({ devices }));
    } catch (error) {
      // A messenger that answers with an error does not know the question. One that is slow is asked at the next change.
      silent ||= error instanceof WidgetApiResponseError;
    } finally {
      asking = false;
    }
    await ask();
  };
  const stop = host.onDeviceTrust(learn);

  return {
    of: (device) => known.get(nameOf(device)) ?? 'unknown',
    follow(devices) {
      present = devices;
      void ask();
    },
    close() {
      silent = true;
      stop();
    },
  };
}
