import { createClient, MemoryStore } from 'matrix-js-sdk';
import type { MatrixClient } from 'matrix-js-sdk';
import type { Logger } from 'matrix-js-sdk/lib/logger.js';
import { decodeRecoveryKey } from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { Credentials } from './credentials.ts';

/** The SDK's chatter, warnings included, names rooms and people; errors are enough to find a fault. */
function quietLogger(): Logger {
  const nothing = (): void => undefined;
  return {
    trace: nothing,
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (...words: unknown[]) => console.error(...words),
    getChild: () => quietLogger(),
  };
}

/** The longest that a request may take; a sync and an upload have limits of their own. */
const REQUEST_TIMEOUT_MS = 60_000;
const LOGOUT_TIMEOUT_MS = 10_000;

/** Holds the key of secret storage for the moment in which it is needed. */
export interface RecoveryKeyHolder {
  use<T>(key: Uint8Array<ArrayBuffer>, work: () => Promise<T>): Promise<T>;
}

export interface OpenedClient {
  readonly client: MatrixClient;
  readonly recoveryKey: RecoveryKeyHolder;
}

/** Name of the crypto database of one device: two accounts used one after the other never meet. */
function databasePrefix(credentials: Credentials): string {
  return `palabre:${credentials.userId}:${credentials.deviceId}`;
}

/** A client for a signed-in device, with end-to-end encryption, not yet syncing. */
export async function openClient(apiUrl: string, credentials: Credentials): Promise<OpenedClient> {
  let held: Uint8Array<ArrayBuffer> | undefined;
  const client = createClient({
    baseUrl: apiUrl,
    userId: credentials.userId,
    deviceId: credentials.deviceId,
    accessToken: credentials.accessToken,
    timelineSupport: true,
    // The SDK's own would write the person's id into the browser's storage, and leave it there.
    store: new MemoryStore(),
    localTimeoutMs: REQUEST_TIMEOUT_MS,
    logger: quietLogger(),
    cryptoCallbacks: {
      getSecretStorageKey: ({ keys }) => {
        const [keyId] = Object.keys(keys);
        return Promise.resolve(held === undefined || keyId === undefined ? null : [keyId, held]);
      },
      cacheSecretStorageKey: (_keyId, _info, key) => {
        held = key;
      },
    },
  });
  await client.initRustCrypto({ cryptoDatabasePrefix: databasePrefix(credentials) });
  return {
    client,
    recoveryKey: {
      use: async (key, work) => {
        held = key;
        try {
          return await work();
        } finally {
          held = undefined;
        }
      },
    },
  };
}

/**
 * Ends a session where it matters: the device at the server, the keys in this browser. The client that used them has stopped.
 * @param atServer false when the server has ended it already
 */
export async function destroySession(apiUrl: string, credentials: Credentials, atServer: boolean): Promise<void> {
  const client = createClient({
    baseUrl: apiUrl,
    ...credentials,
    logger: quietLogger(),
    localTimeoutMs: LOGOUT_TIMEOUT_MS,
  });
  try {
    if (atServer) await client.logout(false);
  } finally {
    await client.clearStores({ cryptoDatabasePrefix: databasePrefix(credentials) });
  }
}

/** Asks the server for a new device. @throws MatrixError, M_FORBIDDEN when name or password is wrong */
export async function requestLogin(
  apiUrl: string,
  user: string,
  password: string,
  deviceName: string,
): Promise<Credentials> {
  const client = createClient({
    baseUrl: apiUrl,
    logger: quietLogger(),
    localTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  const answer = await client.loginRequest({
    type: 'm.login.password',
    identifier: { type: 'm.id.user', user },
    password,
    initial_device_display_name: deviceName,
  });
  return { userId: answer.user_id, deviceId: answer.device_id, accessToken: answer.access_token };
}

/** Reads a recovery key as people type it. @returns undefined when it is not one (wrong length or check digit) */
export function parseRecoveryKey(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return decodeRecoveryKey(text.trim());
  } catch {
    return undefined;
  }
}
