import * as z from 'zod';
import type { RawWord } from './plausible.ts';

/** Words with their times, as servers of OpenAI's shape give them: of the whole answer, or of each of its segments. Pure. */

/** WhisperX gives words that it could not align without times. */
export const pieceSchema = z.object({ word: z.string(), start: z.number().nullish(), end: z.number().nullish() });
type Piece = z.infer<typeof pieceSchema>;

/**
 * whisper.cpp calls each of its tokens a word: those of one word follow without a space. Where no piece begins with a space, each is a
 * word, as OpenAI gives them.
 */
export function wordsOf(pieces: readonly Piece[]): RawWord[] {
  const spaced = pieces.some(({ word }) => word.startsWith(' '));
  const words: RawWord[] = [];
  for (const { word, start, end } of pieces) {
    if (typeof start !== 'number' || typeof end !== 'number') continue;
    const last = words.at(-1);
    if (spaced && last !== undefined && !word.startsWith(' ')) {
      words[words.length - 1] = { word: last.word + word, start: last.start, end: Math.max(last.end, end) };
    } else words.push({ word, start, end });
  }
  return words;
}
