import {
  isVoiceOf,
  stretchIn,
  type CorrectedLine,
  type RecordingBlock,
  type Stretch,
  type TranscriptLine,
} from '@palabre/protocol';
import { cuesIn, vttParts, writeVtt, type Cue } from './cues.ts';
import { lettersOf, spreadWords } from './spread.ts';

/**
 * What the captions of a film and the lines of a transcript have to do with each other. Captions hold only what those said who agreed to
 * be in the film, on its clock, cut into cues. Pure.
 */

type Film = Pick<RecordingBlock, 'started_ms' | 'duration_ms' | 'pauses'>;

/** A line on the clock of the film. */
interface Placed {
  readonly index: number;
  readonly line: TranscriptLine;
  readonly letters: string;
  readonly shown: Stretch;
}

function place(lines: readonly TranscriptLine[], zeroMs: number, film: Film): readonly Placed[] {
  return lines.flatMap((line, index) => {
    const shown = stretchIn(film, {
      startMs: zeroMs + line.start_ms,
      endMs: zeroMs + Math.max(line.end_ms, line.start_ms + 1),
    });
    return shown === undefined ? [] : [{ index, line, letters: lettersOf(line.text), shown }];
  });
}

const overlapMs = (cue: Cue, { startMs, endMs }: Stretch): number =>
  Math.min(cue.endMs, endMs) - Math.max(cue.startMs, startMs);

/** The line that a cue is a piece of: its words are among those of the line. */
function lineOf(cue: Cue, placed: readonly Placed[]): Placed | undefined {
  const letters = lettersOf(cue.text);
  const isNamed = ({ line }: Placed): boolean => line.name === cue.name;
  // Whoever has lines of their own says nothing in those of others, which may have the same words.
  const among = placed.some(isNamed) ? placed.filter(isNamed) : placed;
  const [best] = among
    .filter((each) => overlapMs(cue, each.shown) > 0 && each.letters.includes(letters))
    .sort((a, b) => overlapMs(cue, b.shown) - overlapMs(cue, a.shown));
  return best;
}

/** One microphone may have had one voice in one window and several in another: then one of the names tells which ("Bob – speaker 1"). */
function isSameSpeaker(one: string, other: string): boolean {
  return one === other || isVoiceOf(one, other) || isVoiceOf(other, one);
}

/**
 * Lines of the time of a film that nobody hears there.
 * @param vtt the film's own captions, on its clock
 * @param zeroMs wall clock of zero in the lines
 */
export function unheardIn(
  vtt: string,
  film: Film,
  lines: readonly TranscriptLine[],
  zeroMs: number,
): ReadonlySet<TranscriptLine> {
  const placed = place(lines, zeroMs, film);
  const cues = cuesIn(vtt);
  const heard = new Set(cues.flatMap((cue) => lineOf(cue, placed)?.line ?? []));
  // Where an engine spells the words of a line in another way than the line, its speaker is heard all the same.
  const speaks = ({ line, shown }: Placed): boolean =>
    heard.has(line) || cues.some((cue) => isSameSpeaker(cue.name, line.name) && overlapMs(cue, shown) > 0);
  return new Set(placed.filter((each) => !speaks(each)).map(({ line }) => line));
}

/**
 * Somebody of this name speaks in a film at this time.
 * @param cues the film's own captions, on its clock
 * @param said wall clock
 */
export function isHeardIn(cues: readonly Cue[], film: Film, said: Stretch & { readonly name: string }): boolean {
  const shown = stretchIn(film, said);
  return shown !== undefined && cues.some((cue) => isSameSpeaker(cue.name, said.name) && overlapMs(cue, shown) > 0);
}

export interface CaptionWords {
  /** How the speaker of a corrected line is called. */
  readonly speaker: (corrected: CorrectedLine) => string;
  /** Whose corrections they are, for whoever opens the file. */
  readonly note: string;
}

/**
 * Captions as the transcript reads now.
 * @param vtt captions of a film, on its clock
 * @param zeroMs wall clock of zero in the lines
 */
export function correctedCaptions(
  vtt: string,
  film: Film,
  lines: readonly CorrectedLine[],
  zeroMs: number,
  words: CaptionWords,
): string {
  if (lines.every(({ texts, names }) => texts.length < 2 && names.length < 2)) return vtt;
  const placed = place(
    lines.map(({ line }) => line),
    zeroMs,
    film,
  );
  const parts = vttParts(vtt).map((part) => ({
    part,
    index: typeof part === 'string' ? undefined : lineOf(part, placed)?.index,
  }));
  const cuesOf = new Map<number, Cue[]>();
  for (const { part, index } of parts) {
    if (index !== undefined && typeof part !== 'string') cuesOf.set(index, [...(cuesOf.get(index) ?? []), part]);
  }
  const textOf = new Map<Cue, string>();
  for (const [index, cues] of cuesOf) {
    const corrected = lines[index];
    if (corrected === undefined || corrected.text === corrected.line.text) continue;
    const texts = spreadWords(
      corrected.line.text,
      corrected.text,
      cues.map(({ text }) => text),
    );
    for (const [at, cue] of cues.entries()) textOf.set(cue, texts[at] ?? cue.text);
  }
  const written = parts.flatMap(({ part, index }) => {
    const corrected = index === undefined ? undefined : lines[index];
    if (typeof part === 'string' || corrected === undefined) return [part];
    const text = textOf.get(part) ?? part.text;
    const name = corrected.name === corrected.line.name ? part.name : words.speaker(corrected);
    return text === '' ? [] : [{ ...part, name, text }];
  });
  return writeVtt(written, [words.note]);
}
