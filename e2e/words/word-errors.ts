/** Words as they are compared: lower case, no punctuation, French elisions apart, hyphens as spaces. */
export function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .normalize('NFC')
    .replaceAll(/[’']/g, "' ")
    .replaceAll(/[^\p{L}\p{N}' ]+/gu, ' ')
    .split(/\s+/)
    .filter((word) => word !== '' && word !== "'");
}

/**
 * Word error rate: substitutions, insertions and deletions of the cheapest alignment, over the number of reference words.
 * @returns 0 for a perfect transcript; may exceed 1
 */
export function wordErrorRate(reference: string, hypothesis: string): number {
  const wanted = wordsOf(reference);
  const got = wordsOf(hypothesis);
  let previous = Array.from({ length: got.length + 1 }, (_, index) => index);
  for (const [row, word] of wanted.entries()) {
    const current = [row + 1];
    for (const [column, other] of got.entries()) {
      const replace = (previous[column] ?? 0) + (word === other ? 0 : 1);
      current.push(Math.min(replace, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return (previous[got.length] ?? 0) / Math.max(1, wanted.length);
}
