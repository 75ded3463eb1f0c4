import { expect, test } from '@jest/globals';
import { correctLines } from '@palabre/protocol';
import type { TranscriptLine } from '@palabre/protocol';
import { entriesOf, lineAt } from './entries.ts';

const line = (startMs: number, userId: string): TranscriptLine => ({
  id: String(startMs),
  user_id: userId,
  name: userId,
  start_ms: startMs,
  end_ms: startMs + 500,
  text: 'words',
});
const LINES = [line(0, 'a'), line(1000, 'a'), line(2000, 'b'), line(3000, 'b')];

test('marks stand where they happened; a name stands where somebody else begins, and after a mark', () => {
  const marks = [
    { at_ms: 1500, kind: 'joined' as const },
    { at_ms: 2500, kind: 'left' as const },
    { at_ms: 9000, kind: 'recording_stopped' as const },
  ];
  const shown = entriesOf(correctLines(LINES, []), marks).map((entry) =>
    entry.kind === 'mark' ? entry.mark.kind : `${entry.corrected.name}${entry.speaks ? ':' : ''}`,
  );
  expect(shown).toEqual(['a:', 'a', 'joined', 'b:', 'left', 'b:', 'recording_stopped']);
});

test('the line that is heard is the last that has begun', () => {
  expect([-1000, 0, 999, 1900, 2500, 99_000].map((atMs) => lineAt(LINES, atMs))).toEqual([-1, 0, 1, 2, 2, 3]);
});
