import { oneLine } from './lines.ts';

/** Longer than anybody's name; homeservers of others bound display names by the size of an event only. */
const LONGEST_NAME = 100;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * A display name as it stands in what is stored and posted: in one line, of a hundred code points at most. It is cut between
 * two graphemes, and within one only where that alone is longer.
 */
export function shortName(text: string): string {
  // What lies further out cannot matter, and may be very long.
  const name = oneLine(text.slice(0, 20 * LONGEST_NAME));
  const points = Array.from(name);
  if (points.length <= LONGEST_NAME) return name.toWellFormed();
  let kept = '';
  let count = 0;
  for (const { segment } of graphemes.segment(name)) {
    count += Array.from(segment).length;
    if (count >= LONGEST_NAME) break;
    kept += segment;
  }
  const whole = kept.trim() === '' ? points.slice(0, LONGEST_NAME - 1).join('') : kept.trimEnd();
  return `${whole.toWellFormed()}…`;
}
