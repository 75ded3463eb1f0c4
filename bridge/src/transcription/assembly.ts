import type { Gap } from '@palabre/protocol';
import type { NamedLine } from './lines.ts';
import type { TimeSpan } from './store.ts';

/** Puts lines and gaps in order. Pure. */

/** What one person said without a longer pause or somebody else's turn between. */
export interface Paragraph {
  readonly userId: string;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

const PARAGRAPH_PAUSE_MS = 4_000;
const LONGEST_PARAGRAPH_MS = 60_000;

/** Lines in the order in which they began; equal beginnings keep a stable order by speaker. */
export function inOrder<T extends NamedLine>(lines: readonly T[]): T[] {
  return [...lines].sort((a, b) => a.startMs - b.startMs || (a.userId < b.userId ? -1 : 1));
}

/** Joins consecutive lines of the same speaker. */
export function paragraphsOf(lines: readonly NamedLine[]): Paragraph[] {
  const paragraphs: Paragraph[] = [];
  for (const line of inOrder(lines)) {
    const last = paragraphs.at(-1);
    if (
      last?.userId === line.userId &&
      line.startMs - last.endMs <= PARAGRAPH_PAUSE_MS &&
      line.endMs - last.startMs <= LONGEST_PARAGRAPH_MS
    ) {
      paragraphs[paragraphs.length - 1] = { ...last, endMs: line.endMs, text: `${last.text} ${line.text}` };
    } else {
      const { userId, name, startMs, endMs, text } = line;
      paragraphs.push({ userId, name, startMs, endMs, text });
    }
  }
  return paragraphs;
}

export interface AbsoluteGap extends TimeSpan {
  readonly reason: Gap['reason'];
}

/** Gaps of one reason that touch or nearly touch become one; all are cut to `window` and told from its start. */
export function gapsWithin(gaps: readonly AbsoluteGap[], window: TimeSpan): Gap[] {
  const merged: AbsoluteGap[] = [];
  const ordered = gaps
    .map((gap) => ({
      ...gap,
      startMs: Math.max(gap.startMs, window.startMs),
      endMs: Math.min(gap.endMs, window.endMs),
    }))
    .filter((gap) => gap.endMs > gap.startMs)
    .sort((a, b) => a.startMs - b.startMs);
  for (const gap of ordered) {
    const index = merged.findLastIndex((other) => other.reason === gap.reason && gap.startMs - other.endMs <= 3_000);
    const near = merged[index];
    if (near === undefined) merged.push(gap);
    else merged[index] = { ...near, endMs: Math.max(near.endMs, gap.endMs) };
  }
  return merged.map(({ startMs, endMs, reason }) => ({
    start_ms: Math.round(startMs - window.startMs),
    end_ms: Math.round(endMs - window.startMs),
    reason,
  }));
}

/** `1:02:03` or `2:03`, from milliseconds. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}` : `${minutes}:${pad(seconds % 60)}`;
}
