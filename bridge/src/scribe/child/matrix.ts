import { ClientEvent, createClient, Filter, MatrixEvent, SyncState, type MatrixClient, type Room } from 'matrix-js-sdk';
import { OnlySignedDevicesIsolationMode } from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { Logger } from 'matrix-js-sdk/lib/logger.js';
import { CALL_MEMBER_EVENT, RTC_MEMBER_EVENT } from '@palabre/protocol';
import type { ChildConfig } from '../contract.ts';

/** The scribe's Matrix client: rust crypto in memory, one room, nothing written to disk. */
export interface ChildMatrix {
  readonly client: MatrixClient;
  readonly room: Room;
  deviceKeys(): Promise<{ ed25519: string; curve25519: string }>;
  /** Once the supervisor has signed this device: learns it, and trusts the scribe's own identity. */
  trustSelf(): Promise<void>;
  encrypt(type: string, content: Record<string, unknown>): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

const SYNC_TIMEOUT_MS = 30_000;
const KEYS_TIMEOUT_MS = 20_000;
const SIGNED_TIMEOUT_MS = 20_000;

/** js-sdk writes user ids, room ids and more to the console: a scribe keeps silent. */
const silent: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  getChild: () => silent,
};

/** js-sdk's own logger goes to the console; nobody reads it, and writing costs time. */
function silenceConsole(): void {
  const nothing = (): void => undefined;
  Object.assign(console, {
    trace: nothing,
    debug: nothing,
    info: nothing,
    log: nothing,
    warn: nothing,
    error: nothing,
  });
}

/** Only this room. Members must not be lazy: js-sdk is silently deaf to members it has not loaded (reference/scribe-bot.md 3). */
function filterFor(roomId: string): object {
  const none = { not_types: ['*'] };
  return {
    presence: none,
    account_data: none,
    room: {
      rooms: [roomId],
      ephemeral: none,
      account_data: none,
      state: {
        types: [
          'm.room.create',
          'm.room.encryption',
          'm.room.member',
          'm.room.power_levels',
          'm.room.history_visibility',
          'm.room.join_rules',
          'm.room.name',
          CALL_MEMBER_EVENT,
          'org.matrix.msc4143.rtc.slot',
        ],
        lazy_load_members: false,
      },
      timeline: {
        limit: 10,
        lazy_load_members: false,
        types: ['m.room.encryption', 'm.room.member', 'm.room.power_levels', CALL_MEMBER_EVENT, RTC_MEMBER_EVENT],
      },
    },
  };
}

function synced(client: MatrixClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the first sync takes too long')), SYNC_TIMEOUT_MS);
    const listener = (state: SyncState): void => {
      if (state !== SyncState.Prepared && state !== SyncState.Syncing) return;
      clearTimeout(timer);
      client.off(ClientEvent.Sync, listener);
      resolve();
    };
    client.on(ClientEvent.Sync, listener);
  });
}

/** js-sdk uploads device keys after the first sync, in its own time; nothing can be signed before. */
async function keysUploaded(client: MatrixClient, config: ChildConfig): Promise<void> {
  const deadline = Date.now() + KEYS_TIMEOUT_MS;
  for (;;) {
    const { device_keys: devices } = await client.downloadKeysForUsers([config.userId]);
    if (devices[config.userId]?.[config.deviceId] !== undefined) return;
    if (Date.now() > deadline) throw new Error('the device keys did not reach the homeserver in time');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The part of the OlmMachine that js-sdk does not pass on: trusting one's own identity without holding its private keys. */
interface IdentityHolder {
  getOlmMachineOrThrow(): {
    readonly userId: unknown;
    getIdentity(
      userId: unknown,
    ): Promise<{ isVerified(): boolean; verify(): Promise<{ readonly body: string }> } | undefined>;
  };
}

export async function createChildMatrix(config: ChildConfig): Promise<ChildMatrix> {
  silenceConsole();
  const client = createClient({
    baseUrl: config.baseUrl,
    userId: config.userId,
    deviceId: config.deviceId,
    accessToken: config.accessToken,
    logger: silent,
    disableVoip: true,
    verificationMethods: [],
    localTimeoutMs: 45_000,
  });
  await client.initRustCrypto({ useIndexedDB: false });
  const crypto = client.getCrypto();
  if (crypto === undefined) throw new Error('crypto did not start');
  // Keys go to cross-signed devices only, and come from such devices only.
  crypto.setDeviceIsolationMode(new OnlySignedDevicesIsolationMode());

  const ready = synced(client);
  await client.startClient({
    filter: Filter.fromJson(config.userId, '', filterFor(config.roomId)),
    initialSyncLimit: 10,
    lazyLoadMembers: false,
    disablePresence: true,
    pollTimeout: 30_000,
    threadSupport: false,
  });
  await ready;
  await keysUploaded(client, config);
  const room = client.getRoom(config.roomId);
  if (room === null) throw new Error('the room did not come with the first sync');

  return {
    client,
    room,
    deviceKeys: () => crypto.getOwnDeviceKeys(),
    trustSelf: async () => {
      const deadline = Date.now() + SIGNED_TIMEOUT_MS;
      for (;;) {
        await crypto.userHasCrossSigningKeys(config.userId, true);
        const status = await crypto.getDeviceVerificationStatus(config.userId, config.deviceId);
        if (status?.signedByOwner === true) break;
        if (Date.now() > deadline) throw new Error('this device was not signed in time');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      // Private in js-sdk's types, but the only way to sending by identity without the private cross-signing keys.
      const machine = (crypto as unknown as IdentityHolder).getOlmMachineOrThrow();
      const identity = await machine.getIdentity(machine.userId);
      if (identity === undefined) throw new Error('the scribe has no identity');
      if (!identity.isVerified()) await identity.verify();
    },
    encrypt: async (type, content) => {
      const event = new MatrixEvent({ type, content, room_id: config.roomId, sender: config.userId });
      await (crypto as unknown as { encryptEvent(event: MatrixEvent, room: Room): Promise<void> }).encryptEvent(
        event,
        room,
      );
      if (event.getWireType() !== 'm.room.encrypted') throw new Error('the content was not encrypted');
      const wire: Record<string, unknown> = event.getWireContent();
      // Relations stay outside the ciphertext, so that servers and clients can follow threads and edits (spec, m.relates_to).
      return content['m.relates_to'] === undefined ? wire : { ...wire, 'm.relates_to': content['m.relates_to'] };
    },
    close: async () => {
      client.stopClient();
      await client.logout(false).catch(() => undefined);
    },
  };
}
