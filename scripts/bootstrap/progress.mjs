import { sizeOf } from './installed.mjs';

/** @param {number} bytes */
const megabytes = (bytes) => `${Math.max(1, Math.round(bytes / 1_000_000))} MB`;

/**
 * Tells what a set-up is doing: a line when a step begins and ends, and one from time to time in between.
 * @param {(text: string) => void} say
 */
export function createProgress(say) {
  const beganMs = Date.now();
  /** @type {Map<string, number>} */
  const active = new Map();
  const seconds = (/** @type {number} */ since) => `${Math.round((Date.now() - since) / 1000)} s`;
  const heartbeat = setInterval(() => {
    if (active.size > 0) say(`  … ${[...active].map(([name, since]) => `${name} (${seconds(since)})`).join(', ')}`);
  }, 15_000);
  heartbeat.unref();

  return {
    /**
     * @template T
     * @param {string} name @param {string} what @param {() => Promise<T>} work @param {string} [path] whose size is told
     * @returns {Promise<T>}
     */
    step: async (name, what, work, path) => {
      say(`  ${name}: ${what}`);
      active.set(name, Date.now());
      try {
        const result = await work();
        const size = path === undefined ? '' : `, ${megabytes(sizeOf(path))}`;
        say(`  ${name}: ready (${seconds(active.get(name) ?? beganMs)}${size})`);
        return result;
      } catch (error) {
        say(`  ${name}: failed (${seconds(active.get(name) ?? beganMs)})`);
        throw error;
      } finally {
        active.delete(name);
      }
    },
    close: () => clearInterval(heartbeat),
    elapsed: () => seconds(beganMs),
  };
}
