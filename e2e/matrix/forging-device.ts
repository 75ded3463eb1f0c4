import { ClientEvent } from 'matrix-js-sdk';
import { MEDIA_KEYS_EVENT } from '@palabre/protocol';
import { crossSign, signInDevice } from './device.ts';
import type { ReaderAccount } from './device.ts';

export interface DeviceName {
  readonly userId: string;
  readonly deviceId: string;
}

/** A device of somebody's account that can say anything to other devices, encrypted by Olm or in the clear. */
export interface ForgingDevice extends DeviceName {
  sendEncrypted(to: readonly DeviceName[], type: string, content: Record<string, unknown>): Promise<void>;
  sendClear(to: readonly DeviceName[], type: string, content: Record<string, unknown>): Promise<void>;
  /** Ids of the users whose media keys have reached this device. */
  keysFrom(): readonly string[];
  close(): Promise<void>;
}

/** @param signed its owner cross-signs it; without that it is what a homeserver can add to an account by itself */
export async function openForgingDevice(baseUrl: string, who: ReaderAccount, signed: boolean): Promise<ForgingDevice> {
  const { client, crypto, account } = await signInDevice(baseUrl, who);
  const senders: string[] = [];
  client.on(ClientEvent.ReceivedToDeviceMessage, ({ message, encryptionInfo }) => {
    if (message.type === MEDIA_KEYS_EVENT && encryptionInfo !== null) senders.push(message.sender);
  });
  if (signed) await crossSign(crypto, who);
  return {
    userId: account.userId,
    deviceId: account.deviceId,
    sendEncrypted: async (to, type, content) => {
      await crypto.getUserDeviceInfo([...new Set(to.map((device) => device.userId))], true);
      await client.encryptAndSendToDevice(type, [...to], content);
    },
    sendClear: async (to, type, content) => {
      const contents = new Map<string, Map<string, Record<string, unknown>>>();
      for (const { userId, deviceId } of to)
        contents.set(
          userId,
          (contents.get(userId) ?? new Map<string, Record<string, unknown>>()).set(deviceId, content),
        );
      await client.sendToDevice(type, contents);
    },
    keysFrom: () => senders,
    close: async () => {
      client.stopClient();
      await client.logout(true);
    },
  };
}
