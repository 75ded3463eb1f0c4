/** Finds words in a transcript: without regard to case and accents, as people type when they look for something. */

export interface Hit {
  readonly line: number;
  /** Of the line's text, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

interface Folded {
  readonly text: string;
  /** Where in the original each unit of `text` comes from; one more for its end. */
  readonly from: readonly number[];
}

function fold(text: string): Folded {
  let folded = '';
  const from: number[] = [];
  let at = 0;
  for (const letter of text) {
    const bare = letter.normalize('NFD').replaceAll(/\p{M}/gu, '').normalize('NFC').toLowerCase();
    for (let unit = 0; unit < bare.length; unit += 1) from.push(at);
    folded += bare;
    at += letter.length;
  }
  return { text: folded, from: [...from, at] };
}

/** @returns where the words stand, line by line; nothing for an empty search */
export function findHits(texts: readonly string[], query: string): readonly Hit[] {
  const wanted = fold(query.trim()).text;
  if (wanted === '') return [];
  return texts.flatMap((text, line) => {
    const hits: Hit[] = [];
    const { text: folded, from } = fold(text);
    for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + wanted.length))
      hits.push({ line, start: from[at] ?? 0, end: from[at + wanted.length] ?? text.length });
    return hits;
  });
}

export interface Piece {
  readonly text: string;
  /** Which hit it is; undefined: what stands between. */
  readonly hit: Hit | undefined;
}

/** A text cut at its hits. @param hits of this text alone, in order */
export function piecesOf(text: string, hits: readonly Hit[]): readonly Piece[] {
  const pieces: Piece[] = [];
  let last = 0;
  for (const hit of hits) {
    if (hit.start > last) pieces.push({ text: text.slice(last, hit.start), hit: undefined });
    pieces.push({ text: text.slice(hit.start, hit.end), hit });
    last = hit.end;
  }
  if (last < text.length) pieces.push({ text: text.slice(last), hit: undefined });
  return pieces;
}
