import type { SpokenWord } from './engines/index.ts';

/**
 * Puts words where the voice is. Engines align the last word before a pause far into the pause, and the first one after it too
 * early; the sound itself says better. Pure.
 */

const FRAME_MS = 20;
/** A dip shorter than this belongs to the word. */
const PAUSE_FRAMES = 160 / FRAME_MS;
const LEAST_LEVEL = 120;

function levelsOf(pcm: Int16Array, sampleRate: number): number[] {
  const size = (sampleRate * FRAME_MS) / 1000;
  return Array.from({ length: Math.floor(pcm.length / size) }, (_, index) => {
    let sum = 0;
    for (let i = index * size; i < (index + 1) * size; i += 1) sum += (pcm[i] ?? 0) ** 2;
    return Math.sqrt(sum / size);
  });
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

interface Run {
  readonly from: number;
  readonly to: number;
}

/** Stretches of voice between two frames, short dips closed. */
function runsBetween(voiced: readonly boolean[], from: number, to: number): Run[] {
  const runs: Run[] = [];
  for (let frame = from; frame < to; frame += 1) {
    if (voiced[frame] !== true) continue;
    const last = runs.at(-1);
    if (last !== undefined && frame - last.to <= PAUSE_FRAMES)
      runs[runs.length - 1] = { from: last.from, to: frame + 1 };
    else runs.push({ from: frame, to: frame + 1 });
  }
  return runs;
}

/** @returns the same words with times that lie on voice, as far as there is any under them */
export function onVoice(words: readonly SpokenWord[], pcm: Int16Array, sampleRate: number): SpokenWord[] {
  const levels = levelsOf(pcm, sampleRate);
  const threshold = Math.max(LEAST_LEVEL, percentile(levels, 0.05) * 2.5, percentile(levels, 0.9) * 0.06);
  const voiced = levels.map((level) => level > threshold);
  return words.map((word) => {
    const runs = runsBetween(voiced, Math.floor(word.startMs / FRAME_MS), Math.ceil(word.endMs / FRAME_MS));
    const longest = runs.toSorted((a, b) => b.to - b.from - (a.to - a.from))[0];
    if (longest === undefined) return word;
    return {
      word: word.word,
      startMs: Math.max(word.startMs, longest.from * FRAME_MS),
      endMs: Math.min(word.endMs, longest.to * FRAME_MS),
    };
  });
}
