import type { Gap } from '@palabre/protocol';
import type { NamedLine } from './lines.ts';
import type { TimeSpan } from './store.ts';

/** Puts lines and gaps in order. Pure. */

/** What one person said without a longer pause or somebody else's turn between. */
export interface Paragraph {
  /** That of its first line: the same whenever the paragraph is made again. */
  readonly id: string;
  readonly userId: string;
  readonly voice?: string | undefined;
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

/** Lines in order, those that make one paragraph together. */
export function groupLines<T extends NamedLine>(lines: readonly T[]): readonly (readonly [T, ...T[]])[] {
  const groups: [T, ...T[]][] = [];
  for (const line of inOrder(lines)) {
    const group = groups.at(-1);
    const [first, last] = [group?.[0], group?.at(-1)];
    if (
      first?.userId === line.userId &&
      first.voice === line.voice &&
      line.startMs - (last ?? first).endMs <= PARAGRAPH_PAUSE_MS &&
      line.endMs - first.startMs <= LONGEST_PARAGRAPH_MS
    ) {
      group?.push(line);
    } else {
      groups.push([line]);
    }
  }
  return groups;
}

/** What a group of lines says. */
export function paragraphOf(group: readonly [NamedLine, ...NamedLine[]]): Paragraph {
  const [{ id, userId, voice, name, startMs, endMs }] = group;
  return {
    id,
    userId,
    ...(voice === undefined ? {} : { voice }),
    name,
    startMs,
    endMs: group.at(-1)?.endMs ?? endMs,
    text: group.map(({ text }) => text).join(' '),
  };
}

/** Joins consecutive lines of the same speaker. */
export function paragraphsOf(lines: readonly NamedLine[]): Paragraph[] {
  return groupLines(lines).map(paragraphOf);
}

export interface AbsoluteGap extends TimeSpan {
  readonly reason: Gap['reason'];
  /** Whose sound is missing, where it is one person's. */
  readonly userId?: string;
  readonly name?: string;
}

/** Gaps of one reason and person that touch or nearly touch become one; all are cut to `window` and told from its start. */
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
    const index = merged.findLastIndex(
      (other) => other.reason === gap.reason && other.userId === gap.userId && gap.startMs - other.endMs <= 3_000,
    );
    const near = merged[index];
    if (near === undefined) merged.push(gap);
    else merged[index] = { ...near, endMs: Math.max(near.endMs, gap.endMs) };
  }
  return merged.map(({ startMs, endMs, reason, userId, name }) => ({
    start_ms: Math.round(startMs - window.startMs),
    end_ms: Math.round(endMs - window.startMs),
    reason,
    ...(userId === undefined ? {} : { user_id: userId }),
    ...(name === undefined ? {} : { name }),
  }));
}
