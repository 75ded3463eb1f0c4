import { WidgetApiResponseError } from 'matrix-widget-api';
import { DEVICE_TRUST_FAILURE, MOST_TRUST_DEVICES, type DeviceTrustAnswer } from '@palabre/protocol';
import type { Host } from '../host/index.ts';
import { KEYS_FIRST_MS } from './keys-first.ts';

/** Has its owner confirmed (cross-signed) a device? `unknown` where the messenger does not say. */
export type Trust = 'signed' | 'unsigned' | 'unknown';

export interface Device {
  readonly userId: string;
  readonly deviceId: string;
}

/** What the messenger knows about the devices in the call. */
export interface DeviceTrust {
  of(device: Device): Trust;
  /**
   * These are in the call now: the messenger is asked when they are others than before, a moment later, and again until it has answered.
   */
  follow(devices: readonly Device[]): void;
  close(): void;
}

/** Nobody is in a call with more. What a homeserver makes up beyond them is asked about no more, and not confirmed. */
const MOST_OF_A_USER = 10;
/** Until a question that failed is asked again: doubled each time. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

function asksAbout(devices: readonly Device[]): readonly Device[] {
  const seen = new Map<string, number>();
  return devices
    .filter(({ userId }) => {
      const count = (seen.get(userId) ?? 0) + 1;
      seen.set(userId, count);
      return count <= MOST_OF_A_USER;
    })
    .slice(0, MOST_TRUST_DEVICES);
}

const nameOf = ({ userId, deviceId }: Device): string => `${userId} ${deviceId}`;
const namesOf = (devices: readonly Device[]): string => devices.map(nameOf).sort().join('\n');

export function createDeviceTrust(
  host: Pick<Host, 'deviceTrust' | 'onDeviceTrust' | 'parameters'>,
  onChange: () => void,
): DeviceTrust {
  let known: ReadonlyMap<string, Trust> = new Map();
  /** Whom the last question was about, and who is here. */
  let asked = '';
  let present: readonly Device[] = [];
  let beyond: ReadonlySet<string> = new Set();
  let asking = false;
  let pauseMs = FIRST_PAUSE_MS;
  let again: ReturnType<typeof setTimeout> | undefined;
  let soon: ReturnType<typeof setTimeout> | undefined;
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
  const askLater = (): void => {
    again = setTimeout(() => {
      asked = '';
      void ask();
    }, pauseMs);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  };
  const ask = async (): Promise<void> => {
    const about = asksAbout(present);
    const names = namesOf(about);
    if (silent || asking || names === asked) return;
    asking = true;
    asked = names;
    clearTimeout(again);
    try {
      const devices = about.map(({ userId, deviceId }) => ({ user_id: userId, device_id: deviceId }));
      learn(await host.deviceTrust({ devices }));
      pauseMs = FIRST_PAUSE_MS;
    } catch (error) {
      // A messenger that answers with another error does not know the question.
      silent ||= error instanceof WidgetApiResponseError && error.message !== DEVICE_TRUST_FAILURE;
      if (!silent) askLater();
    } finally {
      asking = false;
    }
    askSoon();
  };
  const askSoon = (): void => {
    if (silent || asking || soon !== undefined || namesOf(asksAbout(present)) === asked) return;
    soon = setTimeout(() => {
      soon = undefined;
      void ask();
    }, KEYS_FIRST_MS);
  };
  const stop = host.onDeviceTrust(learn);

  return {
    of: (device) =>
      known.get(nameOf(device)) ?? (known.size > 0 && beyond.has(nameOf(device)) ? 'unsigned' : 'unknown'),
    follow(devices) {
      present = devices;
      const about = new Set(asksAbout(devices));
      beyond = new Set(devices.filter((device) => !about.has(device)).map(nameOf));
      askSoon();
    },
    close() {
      silent = true;
      clearTimeout(again);
      clearTimeout(soon);
      stop();
    },
  };
}
