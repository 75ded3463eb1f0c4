import { MatrixEventEvent } from 'matrix-js-sdk';
import type { MatrixClient, MatrixEvent } from 'matrix-js-sdk';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import { DecryptionFailureCode } from 'matrix-js-sdk/lib/crypto-api/index.js';

/** matrix-js-sdk lets a device put its new keys into the backup only after up to ten seconds, and its reader asks for each once. */
const PAUSES_MS = [6_000, 12_000, 24_000, 48_000];
/** Old rooms may hold thousands of messages whose keys are lost for good. */
const MOST_WAITING = 50;

/**
 * Looks again for keys that were not yet in the backup: whoever signs in on a second device reads what was written a moment ago.
 * @returns stops looking
 */
export function lookForLateKeys(client: MatrixClient): () => void {
  const looks = new WeakMap<MatrixEvent, number>();
  const waiting = new Map<MatrixEvent, ReturnType<typeof setTimeout>>();
  const onDecrypted = (event: MatrixEvent): void => {
    if (event.decryptionFailureReason !== DecryptionFailureCode.HISTORICAL_MESSAGE_WORKING_BACKUP) return;
    const look = looks.get(event) ?? 0;
    const pauseMs = PAUSES_MS[look];
    if (pauseMs === undefined || waiting.has(event) || waiting.size >= MOST_WAITING) return;
    looks.set(event, look + 1);
    const timer = setTimeout(() => {
      waiting.delete(event);
      // What a client gives as its crypto is what events decrypt with; the types hide that.
      const crypto = client.getCrypto() as CryptoBackend | undefined;
      if (crypto !== undefined && event.isDecryptionFailure()) void event.attemptDecryption(crypto, { isRetry: true });
    }, pauseMs);
    waiting.set(event, timer);
  };
  client.on(MatrixEventEvent.Decrypted, onDecrypted);
  return () => {
    client.off(MatrixEventEvent.Decrypted, onDecrypted);
    for (const timer of waiting.values()) clearTimeout(timer);
    waiting.clear();
  };
}
