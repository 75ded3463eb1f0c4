import type { MatrixClient } from 'matrix-js-sdk';
import type { SignedByOwner } from './media-keys.ts';

/** What is known already, without asking the homeserver. */
export async function isKnownSigned(client: MatrixClient, userId: string, deviceId: string): Promise<boolean> {
  const status = await client.getCrypto()?.getDeviceVerificationStatus(userId, deviceId);
  return status?.signedByOwner === true;
}

/** Asks the crypto layer whether a device is signed by its owner, fetching that person's keys when it is not known yet. */
export function createSignedByOwner(client: MatrixClient): SignedByOwner {
  return async (userId, deviceId) => {
    const crypto = client.getCrypto();
    if (crypto === undefined) return false;
    if (await isKnownSigned(client, userId, deviceId)) return true;
    // A device that has just joined may have been signed after we last looked.
    await crypto.getUserDeviceInfo([userId], true);
    return isKnownSigned(client, userId, deviceId);
  };
}
