/** Times, sizes and durations in the person's language. `language` is a BCP 47 tag. */

const DAY_MS = 86_400_000;

export function formatTime(ms: number, language: string): string {
  return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' }).format(ms);
}

/**
 * Day of a message: "today", "yesterday" come from the caller's words; else the date, with the year when it is not this one.
 * @param today the day it is ({@link dayNumber})
 */
export function formatDay(
  ms: number,
  today: number,
  language: string,
  words: { readonly today: string; readonly yesterday: string },
): string {
  const distance = today - dayNumber(ms);
  if (distance === 0) return words.today;
  if (distance === 1) return words.yesterday;
  const sameYear = new Date(ms).getFullYear() === new Date(today * DAY_MS).getUTCFullYear();
  return new Intl.DateTimeFormat(language, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' as const }),
  }).format(ms);
}

/** Days since an arbitrary start, by the local calendar. */
export function dayNumber(ms: number): number {
  const date = new Date(ms);
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY_MS);
}

/** Short moment for a list: the time today, else the date. */
export function formatMoment(ms: number, today: number, language: string): string {
  if (dayNumber(ms) === today) return formatTime(ms, language);
  return new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' }).format(ms);
}
