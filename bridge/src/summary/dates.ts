import type { Token } from './words.ts';

/** Words of time in English and French: months, weekdays, and times seen from today. Pure. */

const MONTHS = [
  'january janvier',
  'february fevrier',
  'march mars',
  'april avril',
  'may mai',
  'june juin',
  'july juillet',
  'august aout',
  'september septembre',
  'october octobre',
  'november novembre',
  'december decembre',
];
const OTHERS = [
  'monday lundi',
  'tuesday mardi',
  'wednesday mercredi',
  'thursday jeudi',
  'friday vendredi',
  'saturday samedi',
  'sunday dimanche',
  'today aujourd',
  'tomorrow demain',
  'yesterday hier',
  'tonight soir',
  'week weeks semaine semaines',
  'weekend',
  'month months mois',
  'year years an ans annee annees',
  'quarter trimestre',
  'spring printemps',
  'summer ete',
  'autumn automne',
  'winter hiver',
];

const NAMED = new Map<string, string>(
  [...MONTHS, ...OTHERS].flatMap((group) => {
    const words = group.split(' ');
    return words.map((word) => [word, words[0] ?? word] as const);
  }),
);
/** Other words too, unless they are written as names or stand beside a number. */
const AMBIGUOUS = new Set(['may', 'march', 'ete', 'an', 'soir', 'spring', 'quarter']);

/** @returns the same name for the same date in both languages */
export function dateName(word: string): string | undefined {
  return NAMED.get(word);
}

/** Does the token at `index` name a date, as far as one can tell? */
export function claimsDate(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index];
  if (token === undefined || !NAMED.has(token.plain)) return false;
  if (!AMBIGUOUS.has(token.plain)) return true;
  const isNumber = (other: Token | undefined): boolean => other !== undefined && /^\d/.test(other.written);
  const named = /^\p{Lu}/u.test(token.written) && !token.first;
  return named || isNumber(tokens[index - 1]) || isNumber(tokens[index + 1]);
}

const NUMERIC = /\b(\d{4})-(\d{2})-(\d{2})\b|\b(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d{2})\b/g;

export interface NumericDate {
  readonly written: string;
  /** As {@link dateName} has it. */
  readonly month: string;
  readonly day: number;
  readonly year: number;
}

/** Dates in figures: `2026-11-27`, `27/11/2026`. */
export function numericDates(text: string): NumericDate[] {
  return [...text.matchAll(NUMERIC)].flatMap(([written, y, m, d, day, month, year]) => {
    const monthName = MONTHS[Number(m ?? month) - 1]?.split(' ')[0];
    if (monthName === undefined) return [];
    return [{ written, month: monthName, day: Number(d ?? day), year: Number(y ?? year) }];
  });
}
