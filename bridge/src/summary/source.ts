/** What minutes are made from. Pure. */

/** One turn of one person. Times are ms from the start of the transcript. */
export interface SourceLine {
  readonly userId: string;
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
  /** Message that holds the transcript of it. */
  readonly eventId?: string | undefined;
}

/** Language (ISO 639-1) in which most was said, by length of text; undefined when nobody knows. */
export function majorityLanguage(
  lines: readonly { readonly text: string; readonly language?: string | undefined }[],
): string | undefined {
  const lengths = new Map<string, number>();
  for (const { text, language } of lines) {
    if (language !== undefined) lengths.set(language, (lengths.get(language) ?? 0) + text.length);
  }
  return [...lengths].toSorted(([, a], [, b]) => b - a)[0]?.[0];
}
