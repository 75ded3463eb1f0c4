/** Keys of who has just come are on their way by then, in most cases. */
const KEYS_FIRST_MS = 1_500;

/**
 * When somebody comes to an encrypted call, nobody sees them, nor they anybody, until keys have gone through both messengers and the
 * homeserver: questions that can wait leave these to the keys.
 */
export function afterKeys(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, KEYS_FIRST_MS);
  });
}
