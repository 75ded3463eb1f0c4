/** Puts the words of a corrected line where those stood that they came from. Pure. */

const wordsOf = (text: string): string[] => text.split(/\s+/u).filter((word) => word !== '');

/** What is left of a text whoever divided it into words. */
export const lettersOf = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

/** For each word of a line the piece that it stands in; undefined where one of the pieces is not of this line. */
function ownersOf(words: readonly string[], pieces: readonly string[]): (number | undefined)[] | undefined {
  const all = words.map(lettersOf);
  const letters = all.join('');
  const spans: { readonly start: number; readonly end: number }[] = [];
  for (const piece of pieces.map(lettersOf)) {
    const start = letters.indexOf(piece, spans.at(-1)?.end ?? 0);
    if (start < 0) return undefined;
    spans.push({ start, end: start + piece.length });
  }
  let at = 0;
  let owner: number | undefined;
  return all.map((word) => {
    // Signs that stand alone belong to the word before them.
    if (word === '' && at > 0) return owner;
    const found = spans.findIndex(({ start, end }) => start <= at && at < end);
    owner = found < 0 ? undefined : found;
    at += word.length;
    return owner;
  });
}

/**
 * @param before a line as it was heard
 * @param after the same as it was corrected
 * @param pieces of the line as it was heard, in order; they need not be all of it
 * @returns for each piece what it says now, perhaps nothing: words that nobody changed stay where they were
 */
export function spreadWords(before: string, after: string, pieces: readonly string[]): string[] {
  const [old, now] = [wordsOf(before), wordsOf(after)];
  const owners = ownersOf(old, pieces);
  if (owners === undefined) return spreadWords(pieces.join(' '), after, pieces);
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const [oldMiddle, newMiddle] = [old.length - head - tail, now.length - head - tail];
  /** Where the word stood that this one came from. */
  const origin = (index: number): number => {
    if (index < head) return index;
    if (index >= now.length - tail) return index - now.length + old.length;
    if (oldMiddle === 0) return Math.max(0, head - 1);
    return head + Math.floor(((index - head) * oldMiddle) / newMiddle);
  };
  const spread = pieces.map((): string[] => []);
  for (const [index, word] of now.entries()) {
    const owner = owners[origin(index)];
    if (owner !== undefined) spread[owner]?.push(word);
  }
  return spread.map((words) => words.join(' '));
}
