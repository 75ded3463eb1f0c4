import { isCommon, plain } from './words.ts';

/** Short minutes without a language model: sentences are chosen, none is written. Pure. */

export interface SpokenSentence {
  readonly userId: string;
  readonly name: string;
  readonly startMs: number;
  readonly text: string;
}

const MOST_SENTENCES = 6;
const FEWEST_WORDS = 5;
const MOST_WORDS = 45;

/** Sentences with these words more often say what was agreed, and who does what. */
const CUES =
  /\b(?:agreed?|decid\w*|approv\w*|propos\w*|deadline|by (?:monday|tuesday|wednesday|thursday|friday|next)|action|will (?:send|prepare|write|check|organi[sz]e|call|ask)|accord|valid\w*|convenu|d'ici|avant (?:lundi|mardi|mercredi|jeudi|vendredi|le|la)|echeance|s'en charge|je m'occupe)\b/;
const CUE_WEIGHT = 1.5;

function wordsOf(text: string): string[] {
  return plain(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Splits what was said at the end of sentences. */
function sentencesOf(paragraphs: readonly SpokenSentence[]): SpokenSentence[] {
  return paragraphs.flatMap((paragraph) =>
    (paragraph.text.match(/[^.!?…]+[.!?…]*/gu) ?? [])
      .map((text) => text.trim())
      .filter((text) => text !== '')
      .map((text) => ({ ...paragraph, text })),
  );
}

/**
 * Chooses the sentences that hold most of the words the meeting kept coming back to, at most six, in the order in which they were
 * said; those that sound like a decision or a task weigh more. Sentences that repeat an already chosen one are passed over.
 */
export function extractOf(paragraphs: readonly SpokenSentence[]): SpokenSentence[] {
  const sentences = sentencesOf(paragraphs).map((sentence, index) => ({
    sentence,
    index,
    topics: new Set(wordsOf(sentence.text).filter((word) => word.length > 2 && !isCommon(word))),
    weight: CUES.test(plain(sentence.text).replaceAll('’', "'")) ? CUE_WEIGHT : 1,
    words: wordsOf(sentence.text).length,
  }));
  const counts = new Map<string, number>();
  for (const { topics } of sentences) for (const word of topics) counts.set(word, (counts.get(word) ?? 0) + 1);

  const chosen: typeof sentences = [];
  const covered = new Set<string>();
  const candidates = sentences.filter(({ words }) => words >= FEWEST_WORDS && words <= MOST_WORDS);
  while (chosen.length < MOST_SENTENCES) {
    let best: (typeof sentences)[number] | undefined;
    let bestScore = 0;
    for (const candidate of candidates) {
      if (chosen.includes(candidate)) continue;
      const fresh = [...candidate.topics].filter((word) => !covered.has(word));
      const topical = fresh.reduce((sum, word) => sum + (counts.get(word) ?? 0), 0) / Math.sqrt(candidate.words);
      const score = topical * candidate.weight;
      if (score > bestScore) {
        bestScore = score;
        best = candidate;
      }
    }
    if (best === undefined) break;
    chosen.push(best);
    for (const word of best.topics) covered.add(word);
  }
  return chosen.sort((a, b) => a.index - b.index).map(({ sentence }) => sentence);
}
