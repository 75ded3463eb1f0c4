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

/** Words that carry no topic, in the languages we transcribe most. */
const COMMON = new Set(
  (
    'a an and are as at be been but by can could did do does for from had has have he her his how i if in is it its just let like me my no not of on or our out she so some than that the their them then there they this to up us very was we were what when which who will with would yes you your ' +
    'au aux avec ce ces cet cette dans de des du donc elle elles en est et eu fait il ils je la le les leur leurs lui ma mais me mes moi mon ne nos notre nous on ont ou où oui par pas plus pour qu que qui sa se ses si son sont sur ta te tes toi ton tout très tu un une vos votre vous y ça été être'
  ).split(' '),
);

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
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
 * said. Sentences that repeat an already chosen one are passed over.
 */
export function extractOf(paragraphs: readonly SpokenSentence[]): SpokenSentence[] {
  const sentences = sentencesOf(paragraphs).map((sentence, index) => ({
    sentence,
    index,
    topics: new Set(wordsOf(sentence.text).filter((word) => word.length > 2 && !COMMON.has(word))),
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
      const score = fresh.reduce((sum, word) => sum + (counts.get(word) ?? 0), 0) / Math.sqrt(candidate.words);
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
