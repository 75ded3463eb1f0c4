import { MatrixError } from 'matrix-js-sdk';
import type { AuthDict, MatrixClient, UIAuthCallback } from 'matrix-js-sdk';
import type { CryptoApi, GeneratedSecretStorageKey } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { parseRecoveryKey } from './client.ts';
import type { RecoveryKeyHolder } from './client.ts';
import type { KeyValueStore } from './credentials.ts';
import { createLateKeys } from './late-keys.ts';

/**
 * - `ready`: this device is signed by its owner and backs up its keys
 * - `save-key`: a recovery key was made and waits to be written down
 * - `needs-key`: the account has an identity that this device cannot prove yet
 * - `limited`: the person chose to go on without the recovery key
 */
export type EncryptionPhase = 'checking' | 'ready' | 'save-key' | 'needs-key' | 'limited';

export type UnlockResult = 'ok' | 'malformed' | 'wrong';

export interface Encryption {
  /** Looks at what is there, and sets up what a first sign-in needs. `password` lets a server ask who is there. */
  check(password: string | undefined): Promise<void>;
  /** The key to be written down; only while the phase is `save-key`. */
  keyToSave(): string | undefined;
  acknowledge(): void;
  unlock(recoveryKey: string): Promise<UnlockResult>;
  goOnWithout(): void;
  /** Asks again after {@link goOnWithout}. */
  askAgain(): void;
  /** Removes what this browser remembers of the above. */
  forget(): void;
  /** New identity and empty backup, for who has lost the recovery key. @throws MatrixError when the password is wrong */
  startOver(password: string): Promise<void>;
  close(): void;
}

function requireCrypto(client: MatrixClient): CryptoApi {
  const crypto = client.getCrypto();
  if (crypto === undefined) throw new Error('Encryption is not available in this browser');
  return crypto;
}

/** Answers the server's question for a password, if it asks one. */
function passwordAuth(client: MatrixClient, password: string | undefined): UIAuthCallback<void> {
  return async (makeRequest) => {
    try {
      await makeRequest(null);
    } catch (error) {
      if (!(error instanceof MatrixError) || error.httpStatus !== 401 || password === undefined) throw error;
      const session: unknown = (error.data as { session?: unknown }).session;
      const answer: AuthDict = {
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: client.getSafeUserId() },
        password,
        ...(typeof session === 'string' ? { session } : {}),
      };
      await makeRequest(answer);
    }
  };
}

export function createEncryption(options: {
  readonly client: MatrixClient;
  readonly recoveryKey: RecoveryKeyHolder;
  readonly storage: KeyValueStore;
  readonly onPhase: (phase: EncryptionPhase) => void;
}): Encryption {
  const { client, storage, onPhase } = options;
  const userId = client.getSafeUserId();
  const device = `${userId}:${client.getDeviceId() ?? ''}`;
  /** A key was made but nobody has said that it is written down: after a reload a new one must be made. */
  const unsavedFlag = `palabre.recovery-unsaved.${device}`;
  const limitedFlag = `palabre.limited.${device}`;
  const lateKeys = createLateKeys(client);
  let generated: GeneratedSecretStorageKey | undefined;

  const makeRecoveryKey = async (): Promise<void> => {
    const crypto = requireCrypto(client);
    const key = await crypto.createRecoveryKeyFromPassphrase();
    storage.setItem(unsavedFlag, '1');
    await options.recoveryKey.use(key.privateKey, () =>
      crypto.bootstrapSecretStorage({
        createSecretStorageKey: () => Promise.resolve(key),
        setupNewSecretStorage: true,
        setupNewKeyBackup: true,
      }),
    );
    generated = key;
    onPhase('save-key');
  };

  const signedByOwner = async (): Promise<boolean> => {
    const crypto = requireCrypto(client);
    const status = await crypto.getDeviceVerificationStatus(userId, client.getDeviceId() ?? '');
    return status?.signedByOwner === true && (await crypto.getCrossSigningStatus()).privateKeysCachedLocally.masterKey;
  };

  return {
    check: async (password) => {
      const crypto = requireCrypto(client);
      if (!(await crypto.userHasCrossSigningKeys(userId, true))) {
        await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: passwordAuth(client, password) });
        await makeRecoveryKey();
        return;
      }
      if (await signedByOwner()) {
        if (storage.getItem(unsavedFlag) !== null) {
          await makeRecoveryKey();
          return;
        }
        await crypto.checkKeyBackupAndEnable();
        onPhase('ready');
        return;
      }
      onPhase(storage.getItem(limitedFlag) === null ? 'needs-key' : 'limited');
    },
    keyToSave: () => generated?.encodedPrivateKey,
    acknowledge: () => {
      generated = undefined;
      storage.removeItem(unsavedFlag);
      storage.removeItem(limitedFlag);
      onPhase('ready');
    },
    unlock: async (text) => {
      const key = parseRecoveryKey(text);
      if (key === undefined) return 'malformed';
      const stored = await client.secretStorage.getKey();
      if (stored === null || !(await client.secretStorage.checkKey(key, stored[1]))) return 'wrong';
      const crypto = requireCrypto(client);
      await options.recoveryKey.use(key, async () => {
        await crypto.bootstrapCrossSigning({});
        // Without a backup there is only no history: the device is still proven.
        if ((await crypto.getKeyBackupInfo()) !== null) await crypto.loadSessionBackupPrivateKeyFromSecretStorage();
      });
      storage.removeItem(limitedFlag);
      onPhase('ready');
      if ((await crypto.checkKeyBackupAndEnable()) !== null) {
        await crypto.restoreKeyBackup();
        lateKeys.lookAgain();
      }
      return 'ok';
    },
    goOnWithout: () => {
      storage.setItem(limitedFlag, '1');
      onPhase('limited');
    },
    askAgain: () => onPhase('needs-key'),
    forget: () => {
      storage.removeItem(unsavedFlag);
      storage.removeItem(limitedFlag);
    },
    startOver: async (password) => {
      await requireCrypto(client).resetEncryption(passwordAuth(client, password));
      await makeRecoveryKey();
    },
    close: () => lateKeys.close(),
  };
}
