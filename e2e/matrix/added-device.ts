import { CALL_MEMBER_EVENT } from '@palabre/protocol';
import { ClientEvent } from 'matrix-js-sdk';
import { decodeRecoveryKey } from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { HomeFacts } from '../stack/contract.ts';
import { createMatrixClient } from './client.ts';
import { signInDevice } from './device.ts';
import type { Login } from './device.ts';

/** A device with keys of its own that a homeserver's administrator gave to one of its people or bots, who did not sign it. */
export interface AddedDevice {
  readonly deviceId: string;
  /** Announces it in the room's call. */
  joinCall(roomId: string): Promise<void>;
  /** Types of the messages to this device that it could read, in the order of their coming. */
  received(): readonly string[];
  /** Its owner signs it after all, for which the recovery key was given. */
  confirm(): Promise<void>;
  close(): Promise<void>;
}

export async function addDevice(facts: HomeFacts, owner: Login, recoveryKey?: string): Promise<AddedDevice> {
  const key = recoveryKey === undefined ? undefined : decodeRecoveryKey(recoveryKey);
  const { client, crypto, account } = await signInDevice(facts.internal.synapse, owner, key);
  const matrix = createMatrixClient(facts.internal.synapse, account);
  const { userId, deviceId } = account;
  const received: string[] = [];
  client.on(ClientEvent.ReceivedToDeviceMessage, ({ message }) => {
    received.push(message.type);
  });
  return {
    deviceId,
    joinCall: (roomId) =>
      matrix.setState(roomId, CALL_MEMBER_EVENT, `_${userId}_${deviceId}_m.call`, {
        application: 'm.call',
        call_id: '',
        scope: 'm.room',
        device_id: deviceId,
        membershipID: `${userId}:${deviceId}`,
        expires: 3_600_000,
        focus_active: { type: 'livekit', focus_selection: 'multi_sfu' },
        foci_preferred: [{ type: 'livekit', livekit_service_url: `${facts.urls.api}/livekit/jwt` }],
      }),
    received: () => received,
    confirm: () => crypto.bootstrapCrossSigning({}),
    close: async () => {
      client.stopClient();
      await client.logout(true);
    },
  };
}
