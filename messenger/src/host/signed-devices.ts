import type { MatrixClient } from 'matrix-js-sdk';
import type { SignedByOwner } from './media-keys.ts';

/** Asks the crypto layer whether a device is signed by its owner, fetching that person's keys when it is not known yet. */
export function createSignedByOwner(client: MatrixClient): SignedByOwner {
  return async (userId, deviceId) => {
    const crypto = client.getCrypto();
    if (crypto === undefined) return false;
    const known = await crypto.getDeviceVerificationStatus(userId, deviceId);
    if (known?.signedByOwner === true) return true;
    // A device that has just joined may have been signed after we last looked.
    await crypto.getUserDeviceInfo([userId], true);
    return (await crypto.getDeviceVerificationStatus(userId, deviceId))?.signedByOwner === true;
  };
}
