import { formatClock, type TranscriptLine, type TranscriptMark } from '@palabre/protocol';
import type { Paragraph } from '../transcription/index.ts';
import { jsonBytes } from './event-size.ts';
import { escapeHtml } from './html.ts';
import type { Texts } from './texts.ts';

/** What stands in a readable transcript, one under the other. Pure. */

/** What was said and what happened. */
export type Entry = { readonly paragraph: Paragraph } | { readonly mark: TranscriptMark };

/** In order of time. */
export function entriesOf(
  paragraphs: readonly Paragraph[],
  marks: readonly TranscriptMark[],
  zeroMs: number,
): readonly Entry[] {
  const atMs = (entry: Entry): number =>
    'mark' in entry ? entry.mark.at_ms : Math.round(entry.paragraph.startMs - zeroMs);
  return [...marks.map((mark) => ({ mark })), ...paragraphs.map((paragraph) => ({ paragraph }))].sort(
    (a, b) => atMs(a) - atMs(b),
  );
}

export function markText(mark: TranscriptMark, texts: Texts): string {
  return texts.mark(mark.kind, mark.name ?? mark.user_id ?? '');
}

/** An entry as its message holds it: to read, as HTML, and in the block. */
export interface ToldEntry {
  readonly text: string;
  readonly html: string;
  readonly line?: TranscriptLine;
  readonly mark?: TranscriptMark;
}

function told(entry: Entry, zeroMs: number, texts: Texts): ToldEntry {
  if ('mark' in entry) {
    const { mark } = entry;
    const time = formatClock(mark.at_ms);
    const happened = markText(mark, texts);
    return {
      text: `(${time}) ${happened}`,
      html: `<p><code>${time}</code> <em>${escapeHtml(happened)}</em></p>`,
      mark,
    };
  }
  const { id, userId, voice, name, startMs, endMs, text } = entry.paragraph;
  const time = formatClock(startMs - zeroMs);
  return {
    text: `${name} (${time}): ${text}`,
    html: `<p><strong>${escapeHtml(name)}</strong> <code>${time}</code><br>${escapeHtml(text)}</p>`,
    line: {
      id,
      user_id: userId,
      ...(voice === undefined ? {} : { voice }),
      name,
      start_ms: Math.round(startMs - zeroMs),
      end_ms: Math.round(endMs - zeroMs),
      text,
    },
  };
}

/** What is left of the largest content by the gaps, the engines and what is around them. */
const LARGEST_PART_BYTES = 27_000;

/** Nobody says as much in a minute: a model that repeats itself. The files have all of it. */
function cut(entry: Entry, zeroMs: number, texts: Texts): ToldEntry {
  let next = entry;
  for (;;) {
    const whole = told(next, zeroMs, texts);
    if ('mark' in next || jsonBytes(whole) <= LARGEST_PART_BYTES) return whole;
    const { text } = next.paragraph;
    next = { paragraph: { ...next.paragraph, text: `${text.slice(0, text.length / 2).toWellFormed()}…` } };
  }
}

/** The entries of each message. */
export function partsOf(entries: readonly Entry[], zeroMs: number, texts: Texts): readonly (readonly ToldEntry[])[] {
  const parts: ToldEntry[][] = [[]];
  let bytes = 0;
  for (const entry of entries) {
    const next = cut(entry, zeroMs, texts);
    const more = jsonBytes(next);
    if (bytes > 0 && bytes + more > LARGEST_PART_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(next);
    bytes += more;
  }
  return parts;
}
