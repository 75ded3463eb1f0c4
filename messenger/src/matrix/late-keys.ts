import { MatrixEventEvent } from 'matrix-js-sdk';
import type { MatrixClient, MatrixEvent } from 'matrix-js-sdk';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import { DecryptionFailureCode } from 'matrix-js-sdk/lib/crypto-api/index.js';

/** Looks again for keys that were not yet in the backup: whoever signs in on a second device reads what was written a moment ago. */
export interface LateKeys {
  /** The backup has become readable: everything that could not be read before is tried. */
  lookAgain(): void;
  close(): void;
}

/** matrix-js-sdk lets a device put its new keys into the backup only after up to ten seconds, and its reader asks for each once. */
const PAUSES_MS = [6_000, 12_000, 24_000, 48_000];
/** Old rooms may hold thousands of messages whose keys are lost for good. */
const MOST_WAITING = 50;

export function createLateKeys(client: MatrixClient): LateKeys {
  const looks = new WeakMap<MatrixEvent, number>();
  const waiting = new Map<MatrixEvent, ReturnType<typeof setTimeout>>();

  const look = (event: MatrixEvent): void => {
    // What a client gives as its crypto is what events decrypt with; the types hide that.
    const crypto = client.getCrypto() as CryptoBackend | undefined;
    if (crypto !== undefined && event.isDecryptionFailure()) void event.attemptDecryption(crypto, { isRetry: true });
  };
  const onDecrypted = (event: MatrixEvent): void => {
    if (event.decryptionFailureReason !== DecryptionFailureCode.HISTORICAL_MESSAGE_WORKING_BACKUP) return;
    const looked = looks.get(event) ?? 0;
    const pauseMs = PAUSES_MS[looked];
    if (pauseMs === undefined || waiting.has(event) || waiting.size >= MOST_WAITING) return;
    looks.set(event, looked + 1);
    const timer = setTimeout(() => {
      waiting.delete(event);
      look(event);
    }, pauseMs);
    waiting.set(event, timer);
  };
  client.on(MatrixEventEvent.Decrypted, onDecrypted);

  return {
    lookAgain: () => {
      for (const room of client.getRooms()) room.getLiveTimeline().getEvents().forEach(look);
    },
    close: () => {
      client.off(MatrixEventEvent.Decrypted, onDecrypted);
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
    },
  };
}
