/**
 * When somebody comes to an encrypted call, nobody sees them, nor they anybody, until keys have gone through both messengers and the
 * homeserver: questions that can wait leave these to the keys for so long. By then they are on their way in most cases.
 */
export const KEYS_FIRST_MS = 1_500;
