/** Samples at another rate, by windowed sinc. Pure: any stretch can be worked out from the whole. */

const HALF_WIDTH = 16;

function kernel(distance: number): number {
  if (Math.abs(distance) >= HALF_WIDTH) return 0;
  const angle = Math.PI * distance;
  const sinc = distance === 0 ? 1 : Math.sin(angle) / angle;
  return sinc * (0.5 + 0.5 * Math.cos(angle / HALF_WIDTH));
}

/** Rates of sound have small ratios, so that the same few sets of weights come again and again. */
const weights = new Map<number, Float64Array>();

/** Of the samples around one that lies `phase` (0 to 1) after a sample. */
function weightsAt(phase: number): Float64Array {
  const key = Math.round(phase * 1_000_000);
  const known = weights.get(key);
  if (known !== undefined) return known;
  const made = Float64Array.from({ length: 2 * HALF_WIDTH }, (_, n) => kernel(phase + HALF_WIDTH - 1 - n));
  weights.set(key, made);
  return made;
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
    const floor = Math.floor(centre + 1e-9);
    const around = weightsAt(Math.max(0, centre - floor));
    let sum = 0;
    for (let n = 0; n < around.length; n += 1) {
      sum += (pcm[floor - HALF_WIDTH + 1 + n] ?? 0) * (around[n] ?? 0);
    }
    found[index] = Math.min(1, Math.max(-1, sum / 32_768));
  }
  return found;
}
