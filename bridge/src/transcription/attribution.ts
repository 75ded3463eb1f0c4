import type { EngineProvenance, TranscriptBlock } from '@palabre/protocol';
import type { Line } from './lines.ts';

/** Who said it, beyond whose microphone it was; and which engine understood it. Pure. */

/** Whose microphone several voices were heard on. */
export function sharedMicrophones(lines: readonly Line[]): ReadonlySet<string> {
  const voices = new Map<string, Set<string>>();
  for (const { userId, voice } of lines) {
    if (voice !== undefined) voices.set(userId, (voices.get(userId) ?? new Set()).add(voice));
  }
  return new Set([...voices].filter(([, { size }]) => size > 1).map(([userId]) => userId));
}

/** The engines that lines come from, those with most lines first; the first one's model stands for all where only one fits. */
export function enginesOf(
  lines: readonly Line[],
  fallbackModel: string,
): Pick<TranscriptBlock, 'model' | 'provenance'> {
  const engines = new Map<string, EngineProvenance & { lines: number }>();
  for (const { by } of lines) {
    if (by === undefined) continue;
    const key = JSON.stringify(by);
    engines.set(key, { ...by, lines: (engines.get(key)?.lines ?? 0) + 1 });
  }
  const provenance = [...engines.values()].sort((a, b) => b.lines - a.lines);
  const [first] = provenance;
  return first === undefined ? { model: fallbackModel } : { model: first.model, provenance };
}
