/** Mixes the sound of everybody into one steady stream on the wall clock. Pure: samples and times go in, samples come out. */
export interface Mixdown {
  /** Adds mono samples that began at `startMs`. What comes after its time was taken is lost. */
  add(samples: Int16Array, startMs: number): void;
  /** Everything before `untilMs` that was not taken yet; silence where nobody was heard. */
  take(untilMs: number): Int16Array;
}

export const MIX_SAMPLE_RATE = 48_000;
/** Sound that claims to come from further ahead than this is not believed. */
const LONGEST_AHEAD_MS = 5_000;

/** @param zeroMs wall clock of the first sample */
export function createMixdown(zeroMs: number): Mixdown {
  const capacity = (MIX_SAMPLE_RATE * 2 * LONGEST_AHEAD_MS) / 1000;
  const ring = new Int32Array(capacity);
  let taken = 0;
  const indexAt = (ms: number): number => Math.round(((ms - zeroMs) * MIX_SAMPLE_RATE) / 1000);

  return {
    add: (samples, startMs) => {
      const start = indexAt(startMs);
      for (let i = 0; i < samples.length; i += 1) {
        const position = start + i;
        if (position < taken || position >= taken + capacity) continue;
        const slot = position % capacity;
        ring[slot] = (ring[slot] ?? 0) + (samples[i] ?? 0);
      }
    },
    take: (untilMs) => {
      const count = Math.min(Math.max(0, indexAt(untilMs) - taken), capacity);
      const out = new Int16Array(count);
      for (let i = 0; i < count; i += 1) {
        const slot = (taken + i) % capacity;
        out[i] = Math.max(-32_768, Math.min(32_767, ring[slot] ?? 0));
        ring[slot] = 0;
      }
      taken += count;
      return out;
    },
  };
}
