import type { CorrectedLine, TranscriptLine, TranscriptMark } from '@palabre/protocol';

/** What a page of a transcript shows, one below the other. */
export type Entry =
  | { readonly kind: 'line'; readonly index: number; readonly corrected: CorrectedLine; readonly speaks: boolean }
  | { readonly kind: 'mark'; readonly mark: TranscriptMark };

/** Lines and marks in order of time; `speaks` where another speaker begins. */
export function entriesOf(lines: readonly CorrectedLine[], marks: readonly TranscriptMark[]): readonly Entry[] {
  const entries: Entry[] = [];
  let next = 0;
  let speaker: string | undefined;
  const addMarks = (untilMs: number): void => {
    for (let mark = marks[next]; mark !== undefined && mark.at_ms <= untilMs; mark = marks[next]) {
      entries.push({ kind: 'mark', mark });
      next += 1;
      speaker = undefined;
    }
  };
  for (const [index, corrected] of lines.entries()) {
    addMarks(corrected.line.start_ms);
    const { user_id: userId, voice } = corrected.line;
    const now = JSON.stringify([userId, voice, corrected.name]);
    entries.push({ kind: 'line', index, corrected, speaks: now !== speaker });
    speaker = now;
  }
  addMarks(Infinity);
  return entries;
}

/** Who corrected a line, each person once. */
export function correctors({ texts, names }: CorrectedLine): readonly string[] {
  return [...new Set([...texts, ...names].flatMap(({ by }) => by ?? []))];
}

/** A word a little before its time still counts as being said: players stop close to where they were asked to. */
const EARLY_MS = 200;

/** The line that is heard at a moment: the last one that has begun. @returns -1 before the first */
export function lineAt(lines: readonly Pick<TranscriptLine, 'start_ms'>[], atMs: number): number {
  return lines.findLastIndex(({ start_ms: startMs }) => startMs <= atMs + EARLY_MS);
}
