import { EncryptionType, type E2EEOptions, type Room } from '@livekit/rtc-node';
import {
  E2eeRequest,
  FfiRequest,
  KeyDerivationFunction,
  livekitFfiRequest,
  SetKeyRequest,
} from '@livekit/rtc-ffi-bindings';
import type { MediaKey } from './call.ts';

/** Element Call's per-participant frame encryption (reference/matrixrtc.md 1.5): HKDF over the raw key, ring of 256. */
export const FRAME_ENCRYPTION: E2EEOptions = {
  encryptionType: EncryptionType.GCM,
  keyProviderOptions: {
    ratchetSalt: new TextEncoder().encode('LKFrameEncryptionKey'),
    ratchetWindowSize: 10,
    failureTolerance: 10,
    keyRingSize: 256,
    keyDerivationFunction: KeyDerivationFunction.HKDF,
  },
};

/** Private in rtc-node's types: the handle its native half knows the room by. */
interface RoomWithKeys {
  readonly e2eeManager?: { readonly keyProvider?: { readonly roomHandle: bigint } };
}

/**
 * Gives one participant's key to the native half. rtc-node's own `setKey` leaves out the key bytes, so the request is built here
 * (reference/livekit-measured.md 3).
 */
export function setMediaKey(room: Room, { identity, key, index }: MediaKey): void {
  const roomHandle = (room as unknown as RoomWithKeys).e2eeManager?.keyProvider?.roomHandle;
  if (roomHandle === undefined) throw new Error('the room was not joined with encryption');
  const value = new E2eeRequest({
    roomHandle,
    message: { case: 'setKey', value: new SetKeyRequest({ participantIdentity: identity, key, keyIndex: index }) },
  });
  livekitFfiRequest(new FfiRequest({ message: { case: 'e2ee', value } }).toBinary());
}
