import { claimsDate, dateName, numericDates } from './dates.ts';
import { numbersClaimed, numbersSaid } from './numbers.ts';
import type { SourceLine } from './source.ts';
import { isCommon, topicsOf, tokensOf, type Token } from './words.ts';

/**
 * Does the transcript support what a language model says of it? Names, numbers and dates must occur in the very lines that a
 * statement rests on, and so must some of its other words. It finds what was made up, not what was turned around: "not" and
 * irony pass. Pure.
 */

/** Of the words with a topic, at least so many must have been said. */
const LEAST_SHARE = 1 / 3;

/** In front of which a word that begins a sentence is its subject, so a name or a thing. */
const VERBS = new Set(
  (
    'will shall should would must may might can could is are was were has have had does did do agrees agreed wants needs decides decided says said sends takes ' +
    'va vont doit doivent devra devront peut peuvent est sont etait etaient a ont avait sera seront aura auront souhaite veut dit envoie prend decide accepte propose'
  ).split(' '),
);

const isCapital = (token: Token): boolean => /^\p{Lu}/u.test(token.written);
const isAcronym = (token: Token): boolean => /^\p{Lu}[\p{Lu}\d]+$/u.test(token.written);
/** A verb of the future, as French conjugates it: "enverra". */
const isFrenchFuture = (word: string): boolean =>
  word.length > 4 && /(?:era|ira|rra|dra|eront|iront|rront|dront)$/.test(word);

/** Everything that was said in some lines, and by whom. */
export interface Said {
  readonly words: ReadonlySet<string>;
  readonly topics: ReadonlySet<string>;
  readonly numbers: ReadonlySet<number>;
  readonly dates: ReadonlySet<string>;
}

export function saidIn(lines: readonly SourceLine[]): Said {
  const text = lines.map((line) => line.text).join('\n');
  const tokens = lines.flatMap((line) => tokensOf(line.text));
  const speakers = lines.flatMap((line) => tokensOf(line.name));
  const figures = numericDates(text);
  return {
    words: new Set([...tokens, ...speakers].map((token) => token.plain)),
    topics: topicsOf([...tokens, ...speakers]),
    numbers: new Set([...numbersSaid(text), ...figures.flatMap(({ day, year }) => [day, year])]),
    dates: new Set([...tokens.flatMap((token) => dateName(token.plain) ?? []), ...figures.map(({ month }) => month)]),
  };
}

function namesIn(tokens: readonly Token[], language: string | undefined): Token[] {
  return tokens.filter((token, index) => {
    if (dateName(token.plain) !== undefined || token.plain.length < 2 || /^\d/.test(token.written)) return false;
    if (isAcronym(token)) return true;
    // In German every noun has a capital letter.
    if (!isCapital(token) || isCommon(token.plain) || language === 'de') return false;
    if (!token.first) return true;
    const next = tokens[index + 1];
    if (next === undefined) return false;
    return (isCapital(next) && !next.first && !isAcronym(next)) || VERBS.has(next.plain) || isFrenchFuture(next.plain);
  });
}

/** Are the names, numbers and dates of this text all in what was said? */
export function factsSupported(text: string, said: Said, language?: string): boolean {
  const figures = numericDates(text);
  for (const { month, day, year } of figures) {
    if (!said.dates.has(month) || !said.numbers.has(day) || !said.numbers.has(year)) return false;
  }
  const rest = figures.reduce((left, { written }) => left.replace(written, ' '), text);
  if (!numbersClaimed(rest).every((value) => said.numbers.has(value))) return false;
  const tokens = tokensOf(rest);
  const occurs = ({ plain: word }: Token): boolean => said.words.has(word);
  const dated = tokens.every((token, index) => {
    if (!claimsDate(tokens, index) || occurs(token)) return true;
    return said.dates.has(dateName(token.plain) ?? '');
  });
  return dated && namesIn(tokens, language).every(occurs);
}

/** Are they, and was it spoken of at all? */
export function isSupported(text: string, said: Said, language?: string): boolean {
  if (!factsSupported(text, said, language)) return false;
  const topics = [...topicsOf(tokensOf(text))];
  const known = topics.filter((topic) => said.topics.has(topic)).length;
  return topics.length === 0 || (known > 0 && known >= topics.length * LEAST_SHARE);
}

/** Is this person one of those who spoke, or named in what was said? All parts of a name but its initials must be. */
export function nameSupported(name: string, said: Said): boolean {
  const parts = tokensOf(name).filter(({ plain: part }) => part.length > 1 && !isCommon(part));
  return parts.length > 0 && parts.every(({ plain: part }) => said.words.has(part));
}
