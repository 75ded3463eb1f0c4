import { createClient, ClientEvent, SyncState } from 'matrix-js-sdk';
import type { MatrixClient as Sdk } from 'matrix-js-sdk';
import type { CryptoApi } from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { Logger } from 'matrix-js-sdk/lib/logger.js';
import type { Account } from '../stack/contract.ts';

export interface ReaderAccount {
  readonly userId: string;
  readonly localpart: string;
  readonly password: string;
}

/** With their password; or without one, for a bot, as whoever runs the homeserver can. */
export type Login =
  Pick<ReaderAccount, 'localpart' | 'password'> | { readonly localpart: string; readonly asToken: string };

/** js-sdk talks at length; a test's output is for the test. */
const quiet: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  getChild: () => quiet,
};

async function prepared(client: Sdk): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.on(ClientEvent.Sync, (state) => {
      if (state === SyncState.Prepared) resolve();
      else if (state === SyncState.Error) reject(new Error('the reader cannot sync'));
    });
  });
}

export interface EncryptedDevice {
  readonly client: Sdk;
  readonly crypto: CryptoApi;
  readonly account: Account;
}

/** Its owner, by their password, signs it: for an account that had no keys of its own before. */
export async function crossSign(crypto: CryptoApi, who: ReaderAccount): Promise<void> {
  await crypto.bootstrapCrossSigning({
    authUploadDeviceSigningKeys: async (send) => {
      await send({
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: who.localpart },
        password: who.password,
      });
    },
  });
}

/**
 * A new device of somebody, with keys of its own that nobody has signed yet.
 * @param secretStorageKey what opens the account's secret storage, for who may sign it
 */
export async function signInDevice(
  baseUrl: string,
  who: Login,
  secretStorageKey?: Uint8Array<ArrayBuffer>,
): Promise<EncryptedDevice> {
  const proof =
    'asToken' in who ? { type: 'm.login.application_service' } : { type: 'm.login.password', password: who.password };
  const response = await fetch(`${baseUrl}/_matrix/client/v3/login`, {
    method: 'POST',
    headers: 'asToken' in who ? { authorization: `Bearer ${who.asToken}` } : {},
    body: JSON.stringify({ ...proof, identifier: { type: 'm.id.user', user: who.localpart } }),
  });
  const login = (await response.json()) as { access_token: string; device_id: string; user_id: string };
  const client = createClient({
    baseUrl,
    userId: login.user_id,
    deviceId: login.device_id,
    accessToken: login.access_token,
    disableVoip: true,
    logger: quiet,
    cryptoCallbacks: {
      getSecretStorageKey: ({ keys }) => {
        const [id] = Object.keys(keys);
        return Promise.resolve(id === undefined || secretStorageKey === undefined ? null : [id, secretStorageKey]);
      },
    },
  });
  await client.initRustCrypto({ useIndexedDB: false });
  const ready = prepared(client);
  await client.startClient({ initialSyncLimit: 50, lazyLoadMembers: false });
  await ready;
  const crypto = client.getCrypto();
  if (crypto === undefined) throw new Error('no crypto in this device');
  const account = { userId: login.user_id, accessToken: login.access_token, deviceId: login.device_id };
  return { client, crypto, account };
}
