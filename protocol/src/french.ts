const spaced = (text: string): string =>
  text
    // A sign in front of a letter is another thing: `!palabre`.
    .replaceAll(/ (?=[;?!](?!\p{L}))/gu, '\u202f')
    .replaceAll(/ (?=:(?!\p{L}))/gu, '\u00a0')
    .replaceAll('« ', '«\u00a0')
    .replaceAll(' »', '\u00a0»');

/**
 * French sets signs such as `:` and `?` off by spaces at which no line may break. Catalogues are written with ordinary ones, which people
 * see in an editor, and are made right here, once: everything that they hold, and what their functions say.
 */
export function frenchSpaces<Words>(words: Words): Words {
  return changed(words) as Words; // Of the same shape, text for text.
}

function changed(words: unknown): unknown {
  if (typeof words === 'string') return spaced(words);
  if (Array.isArray(words)) return words.map(changed);
  if (typeof words === 'function')
    return (...values: readonly unknown[]) => changed((words as (...values: readonly unknown[]) => unknown)(...values));
  if (typeof words !== 'object' || words === null) return words;
  return Object.fromEntries(Object.entries(words).map(([key, each]) => [key, changed(each)]));
}
