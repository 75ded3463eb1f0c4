import { plain } from './words.ts';

/** Numbers in English and French text, written in digits or in words, as values that can be compared. Pure. */

const SMALL: ReadonlyMap<string, number> = new Map(
  [
    '0 zero',
    '1 one un une first premier premiere',
    '2 two deux second seconde deuxieme',
    '3 three trois third troisieme',
    '4 four quatre fourth quatrieme',
    '5 five cinq fifth cinquieme',
    '6 six sixth sixieme',
    '7 seven sept seventh septieme',
    '8 eight huit eighth huitieme',
    '9 nine neuf ninth neuvieme',
    '10 ten dix tenth dixieme',
    '11 eleven onze eleventh onzieme',
    '12 twelve douze twelfth douzieme',
    '13 thirteen treize',
    '14 fourteen quatorze',
    '15 fifteen quinze fifteenth quinzieme',
    '16 sixteen seize',
    '17 seventeen',
    '18 eighteen',
    '19 nineteen',
    '20 twenty vingt vingts twentieth vingtieme',
    '30 thirty trente thirtieth trentieme',
    '40 forty quarante',
    '50 fifty cinquante',
    '60 sixty soixante',
    '70 seventy septante',
    '80 eighty huitante octante',
    '90 ninety nonante',
  ].flatMap((line) => {
    const [value, ...words] = line.split(' ');
    return words.map((word) => [word, Number(value)] as const);
  }),
);
const HUNDREDS = new Set(['hundred', 'hundreds', 'cent', 'cents']);
const LARGE: ReadonlyMap<string, number> = new Map([
  ['thousand', 1e3],
  ['mille', 1e3],
  ['million', 1e6],
  ['millions', 1e6],
  ['billion', 1e9],
  ['milliard', 1e9],
  ['milliards', 1e9],
]);
/** Also an article, or a word of order without weight: said or not, it claims nothing. */
const WEAK = new Set(['one', 'un', 'une', 'first', 'premier', 'premiere', 'second', 'seconde']);

interface Found {
  readonly value: number;
  /** Only a word that may be an article. */
  readonly weak: boolean;
}

/** Runs of number words: `quatre-vingt-dix-sept`, `two hundred and five`. */
function spelled(words: readonly string[]): Found[] {
  const found: Found[] = [];
  let total = 0;
  let current = 0;
  let run: string[] = [];
  const flush = (): void => {
    const [only] = run;
    if (only !== undefined) {
      found.push({ value: total + current, weak: run.length === 1 && WEAK.has(only) });
    }
    total = 0;
    current = 0;
    run = [];
  };
  const fits = (value: number): boolean => {
    const rest = current % 100;
    if (run.length === 0 || rest === 0) return true;
    if (value < 10 && rest >= 20 && rest % 10 === 0) return true;
    // soixante-dix, quatre-vingt-quinze
    if (value >= 10 && value < 20 && (rest === 60 || rest === 80)) return true;
    // dix-sept
    return run.at(-1) === 'dix' && value >= 7 && value <= 9;
  };
  words.forEach((word, index) => {
    const small = SMALL.get(word);
    const large = LARGE.get(word);
    if ((word === 'vingt' || word === 'vingts') && run.at(-1) === 'quatre') {
      current += 76;
      run.push(word);
    } else if (small !== undefined) {
      if (!fits(small)) flush();
      current += small;
      run.push(word);
    } else if (HUNDREDS.has(word)) {
      current = (current % 100 === 0 ? 1 : current) * 100;
      run.push(word);
    } else if (large !== undefined) {
      total += (current === 0 ? 1 : current) * large;
      current = 0;
      run.push(word);
    } else if ((word === 'and' || word === 'et') && run.length > 0 && SMALL.has(words[index + 1] ?? '')) {
      // "two hundred and five", "vingt et un"; but "two and three" are two numbers.
      if (word === 'and' && current % 100 !== 0) flush();
    } else flush();
  });
  flush();
  return found;
}

/** Groups of thousands are joined, decimals have a point: `1 250,50` is 1250.5. */
function valueOf(digits: string): number {
  const grouped = /^\d{1,3}(?:[ .,\u00a0\u202f]\d{3})+$/.test(digits);
  return Number(grouped ? digits.replaceAll(/\D/g, '') : digits.replace(',', '.'));
}

const DIGITS = /\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+(?:[.,]\d+)?/g;

function wordsOf(text: string): string[] {
  return plain(text)
    .replaceAll(/\b(?:pour|per) cent\b/g, ' ')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** Numbers that a statement claims. Zeros of clock times and words that may be articles are none. */
export function numbersClaimed(text: string): number[] {
  const digits = [...text.matchAll(DIGITS)].flatMap(([all]) => {
    const value = valueOf(all);
    return value === 0 ? [] : [value];
  });
  const words = spelled(wordsOf(text)).flatMap(({ value, weak }) => (weak || value === 0 ? [] : [value]));
  return [...new Set([...digits, ...words])];
}

/** Numbers that a text supports, generously: also both readings of grouped digits, years of two parts, hours after noon. */
export function numbersSaid(text: string): Set<number> {
  const said = new Set<number>();
  for (const [all] of text.matchAll(DIGITS)) {
    said.add(valueOf(all));
    for (const [part] of all.matchAll(/\d+/g)) said.add(Number(part));
  }
  const spoken = spelled(wordsOf(text)).map(({ value }) => value);
  spoken.forEach((value, index) => {
    said.add(value);
    const next = spoken[index + 1];
    // "twenty twenty-six"
    if (next !== undefined && value >= 10 && value < 100 && next >= 10 && next < 100) said.add(value * 100 + next);
  });
  if (/\b(?:p\.?m\b|apres-midi|du soir|in the (?:afternoon|evening))/.test(plain(text))) {
    for (const value of [...said]) if (value >= 1 && value < 12) said.add(value + 12);
  }
  return said;
}
