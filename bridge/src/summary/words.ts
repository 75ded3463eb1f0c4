/** Words as the check and the extract compare them: without case, accents and elisions. Pure. */

/** Words that carry no topic, in the languages we transcribe most. */
const COMMON = new Set(
  (
    'a an and are as at be been but by can could did do does for from had has have he her his how i if in is it its just let like me my no not of on or our out she so some than that the their them then there they this to up us very was we were what when which who will with would yes you your ' +
    'au aux avec ce ces cet cette dans de des du donc elle elles en est et eu fait il ils je la le les leur leurs lui ma mais me mes moi mon ne nos notre nous on ont ou par pas plus pour qu que qui sa se ses si son sont sur ta te tes toi ton tout tres tu un une vos votre vous y ca ete etre sera seront serait etait etaient'
  ).split(' '),
);

/** Lower case, without accents. */
export function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('œ', 'oe').replaceAll('Œ', 'OE').toLowerCase();
}

/** A word of a text, as written and as compared. */
export interface Token {
  readonly written: string;
  readonly plain: string;
  /** First of a sentence, where a capital letter says nothing. */
  readonly first: boolean;
}

/** Elided articles go (l’équipe, d’Anna), and the English possessive. */
function bare(written: string): string {
  return written.replace(/^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu)['’]/iu, '').replace(/['’]s?$/iu, '');
}

/** Words and numbers in their order; hyphens part words. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let first = true;
  for (const [piece] of text.matchAll(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*['’]?|[.!?…:;«"“]/gu)) {
    if (!/[\p{L}\p{N}]/u.test(piece)) {
      first = true;
      continue;
    }
    const written = bare(piece);
    if (written !== '') tokens.push({ written, plain: plain(written), first });
    first = false;
  }
  return tokens;
}

export function isCommon(word: string): boolean {
  return COMMON.has(word);
}

/** What most forms of a word have in common. */
export function stemOf(word: string): string {
  return word.slice(0, 5);
}

/** Stems of the words that carry a topic. */
export function topicsOf(tokens: readonly Token[]): Set<string> {
  return new Set(
    tokens
      .filter(({ plain: word }) => word.length > 3 && !COMMON.has(word) && !/^\d/.test(word))
      .map(({ plain: word }) => stemOf(word)),
  );
}
