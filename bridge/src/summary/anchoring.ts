import type { SourceLine } from './source.ts';
import { isSupported, saidIn } from './support.ts';
import { tokensOf, topicsOf } from './words.ts';

/** Which lines a statement of a language model rests on. Small models miscount them, though what they say was said. Pure. */

/** Of the words with a topic, so many must be in lines that the model did not name. */
const CLEAR_SHARE = 3 / 4;

/** Finds the lines behind a statement. */
export type LinesBehind = (text: string, numbers: readonly number[]) => number[];

/**
 * @returns of numbers of lines (from one) those that exist; where they do not support the statement, the nearest line that clearly does,
 * or else two that follow each other, as question and answer do; none: nothing does, or it names none
 */
export function createLinesBehind(lines: readonly SourceLine[], language: string | undefined): LinesBehind {
  const said = (numbers: readonly number[]) => saidIn(numbers.flatMap((number) => lines[number - 1] ?? []));
  let topics: ReadonlySet<string>[] | undefined;
  const topicsIn = (number: number): ReadonlySet<string> => {
    topics ??= lines.map((line) => topicsOf([...tokensOf(line.text), ...tokensOf(line.name)]));
    return topics[number - 1] ?? new Set();
  };

  const elsewhere = (text: string, named: readonly number[]): number[] => {
    const wanted = [...topicsOf(tokensOf(text))];
    if (wanted.length === 0) return [];
    const distance = (number: number): number => Math.min(...named.map((other) => Math.abs(other - number)));
    const nearest = lines.map((_, index) => index + 1).sort((a, b) => distance(a) - distance(b));
    const pairs = nearest.filter((number) => number < lines.length).map((number) => [number, number + 1]);
    const isClear = (some: readonly number[]): boolean => {
      const found = wanted.filter((topic) => some.some((number) => topicsIn(number).has(topic))).length;
      return found >= wanted.length * CLEAR_SHARE && isSupported(text, said(some), language);
    };
    return nearest.map((number) => [number]).find(isClear) ?? pairs.find(isClear) ?? [];
  };

  return (text, numbers) => {
    const named = numbers.filter((number) => lines[number - 1] !== undefined);
    if (named.length === 0 || isSupported(text, said(named), language)) return named;
    return elsewhere(text, named);
  };
}
