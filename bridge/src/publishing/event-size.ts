/** An event must stay below 64 KiB, also as base64 of its ciphertext, which is a third larger. Pure. */

/** Of what is posted before it is encrypted, as JSON. */
export const LARGEST_CONTENT_BYTES = 44_000;

export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** The beginning of a list, and how many of its items are missing. */
export interface Fitting<T> {
  readonly kept: readonly T[];
  readonly left: number;
}

/** As much of the beginning of a list as takes no more than `mostBytes` as JSON. */
export function fitting<T>(list: readonly T[], mostBytes: number): Fitting<T> {
  let bytes = 2;
  let count = 0;
  for (const item of list) {
    bytes += jsonBytes(item) + 1;
    if (bytes > mostBytes) break;
    count += 1;
  }
  return { kept: list.slice(0, count), left: list.length - count };
}

/** `gaps` and what is missing of it, as blocks have them. */
export function fittingGaps<T>(gaps: readonly T[]): { gaps: T[]; gaps_left_out?: number } {
  const { kept, left } = fitting(gaps, MOST_GAP_BYTES);
  return { gaps: [...kept], ...(left === 0 ? {} : { gaps_left_out: left }) };
}

/** Some fifty gaps of one person each, or more of everybody. */
const MOST_GAP_BYTES = 5_000;
