import type { TranscriptDocument, TranscriptLine } from '@palabre/protocol';

/** What was said in one breath each, with the times of its words where the engine gives them. */
export type Utterances = TranscriptDocument['lines'][number]['utterances'];

/**
 * When the word at a place of a line was said.
 * @param offset into the line's text as it was posted, in UTF-16 units
 * @returns milliseconds, as those of the line; its beginning where nothing nearer is known
 */
export function saidAt(line: TranscriptLine, utterances: Utterances, offset: number): number {
  let saidMs = line.start_ms;
  let end = 0;
  /** Where the next piece stands, if it does not stand behind the place. */
  const reach = (text: string): boolean => {
    const start = line.text.indexOf(text, end);
    if (text === '' || start < 0 || start > offset) return false;
    end = start + text.length;
    return true;
  };
  for (const { text, start_ms: startMs, words } of utterances) {
    const before = end;
    if (!reach(text.trim())) continue;
    const after = end;
    saidMs = startMs;
    end = before;
    for (const word of words) if (reach(word.text.trim())) saidMs = word.start_ms;
    end = after;
  }
  return saidMs;
}
