/** Samples at another rate, by windowed sinc. Pure and without memory: any stretch can be worked out from the whole. */

const HALF_WIDTH = 16;

function kernel(distance: number): number {
  if (Math.abs(distance) >= HALF_WIDTH) return 0;
  const angle = Math.PI * distance;
  const sinc = distance === 0 ? 1 : Math.sin(angle) / angle;
  return sinc * (0.5 + 0.5 * Math.cos(angle / HALF_WIDTH));
}

/** How many samples at the new rate can be told from so many at the old one when more are to come. */
export function resampledLength(samples: number, ratio: number): number {
  return Math.max(0, Math.floor((samples - HALF_WIDTH) * ratio));
}

/**
 * @param ratio new rate over old rate, at least 1
 * @returns samples `from` to `to` (exclusive) of the new rate, within -1 to 1
 */
export function resampled(pcm: Int16Array, ratio: number, from: number, to: number): Float32Array {
  const found = new Float32Array(Math.max(0, to - from));
  for (let index = 0; index < found.length; index += 1) {
    const centre = (from + index) / ratio;
    const first = Math.max(0, Math.ceil(centre - HALF_WIDTH));
    const last = Math.min(pcm.length - 1, Math.floor(centre + HALF_WIDTH));
    let sum = 0;
    for (let at = first; at <= last; at += 1) sum += (pcm[at] ?? 0) * kernel(centre - at);
    found[index] = Math.min(1, Math.max(-1, sum / 32_768));
  }
  return found;
}
