import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** Matrix user ids that we accept (spec appendices, "User identifiers", historical ones included): no space, no control character. */
export const USER_ID_PATTERN = /^@(?=.{3,254}$)[^\p{Cc}\s:]+:[^\p{Cc}\s]+$/u;

/** Matrix device ids and member ids that we accept: no character that could make two pairs give one identity. */
export const DEVICE_ID_PATTERN = /^[A-Za-z0-9._~=+/-]{1,255}$/;

/**
 * Can this pair have a name of its own in a call? The bridge gives tokens to no other, and a membership that claims another could
 * take somebody's identity: `@a:host` with the device `8448:D` would be `@a:host:8448` with `D`.
 */
export function isNameable(userId: string, deviceId: string): boolean {
  return USER_ID_PATTERN.test(userId) && DEVICE_ID_PATTERN.test(deviceId);
}

function unpaddedBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replace(/=+$/, '');
}

/** Unpadded base64 of SHA-256 over the canonical JSON array of `parts` (MSC4195). */
function hashOf(parts: readonly string[]): string {
  return unpaddedBase64(sha256(utf8ToBytes(JSON.stringify(parts))));
}

/** LiveKit room name of a Matrix room and slot (MSC4195; the same for both token endpoints). */
export function livekitRoomName(roomId: string, slotId: string): string {
  return hashOf([roomId, slotId]);
}

/** LiveKit identity given by `/sfu/get`: `@user:server:DEVICE` (lk-jwt-service). */
export function plainIdentity(userId: string, deviceId: string): string {
  return `${userId}:${deviceId}`;
}

/** LiveKit identity given by `/get_token`: hash of user, device and member id (lk-jwt-service 0.5). */
export function hashedIdentity(userId: string, deviceId: string, memberId: string): string {
  return hashOf([userId, deviceId, memberId]);
}

/** LiveKit identity of the newest MSC4195 homeserver door, which names no device: hash of user and member id. */
export function memberIdentity(userId: string, memberId: string): string {
  return hashOf([userId, memberId]);
}

/** Server part of a Matrix id (`@user:server`, port included). @returns undefined when it has none */
export function serverOf(userId: string): string | undefined {
  const colon = userId.indexOf(':');
  return colon < 0 || colon === userId.length - 1 ? undefined : userId.slice(colon + 1);
}
