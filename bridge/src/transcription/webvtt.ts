import type { NamedLine } from './lines.ts';
import { inOrder } from './assembly.ts';

/** WebVTT from lines with word times (https://www.w3.org/TR/webvtt1/). Pure. */

interface Cue {
  readonly startMs: number;
  readonly endMs: number;
  readonly name: string;
  readonly text: string;
}

const LONGEST_CUE_MS = 6_000;
const LONGEST_CUE_CHARACTERS = 84;
const SHORTEST_CUE_MS = 500;
/** A pause between words at which a new cue begins; a shorter one does after the end of a sentence. */
const CUE_PAUSE_MS = 700;
const SENTENCE_PAUSE_MS = 250;

function timestamp(ms: number): string {
  const total = Math.max(0, Math.round(ms));
  const pad = (value: number, width: number): string => String(value).padStart(width, '0');
  return `${pad(Math.floor(total / 3_600_000), 2)}:${pad(Math.floor(total / 60_000) % 60, 2)}:${pad(Math.floor(total / 1000) % 60, 2)}.${pad(total % 1000, 3)}`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(/\s+/g, ' ');
}

/** The voice tag's annotation ends at `>` and may not span lines. */
function voice(name: string): string {
  return escape(name).trim() || '?';
}

function cuesOf(line: NamedLine): Cue[] {
  if (line.words.length === 0) return [{ startMs: line.startMs, endMs: line.endMs, name: line.name, text: line.text }];
  const cues: Cue[] = [];
  for (const word of line.words) {
    const last = cues.at(-1);
    const fits =
      last !== undefined &&
      word.startMs - last.endMs < (/[.!?…]$/u.test(last.text) ? SENTENCE_PAUSE_MS : CUE_PAUSE_MS) &&
      word.endMs - last.startMs <= LONGEST_CUE_MS &&
      last.text.length + word.word.length < LONGEST_CUE_CHARACTERS;
    if (fits)
      cues[cues.length - 1] = { ...last, endMs: Math.max(last.endMs, word.endMs), text: `${last.text} ${word.word}` };
    else cues.push({ startMs: word.startMs, endMs: word.endMs, name: line.name, text: word.word });
  }
  return cues;
}

/** A comment, which players do not show. It ends at an empty line and may not hold the arrow of a cue. */
function noteOf(sentences: readonly string[]): string[] {
  const text = sentences.map((sentence) => sentence.replaceAll(/\s+/g, ' ').trim().replaceAll('-->', '→'));
  return text.length === 0 ? [] : [['NOTE', ...text].join('\n')];
}

/**
 * @param zeroMs wall clock that is 0 in the file
 * @param origin what the text comes from, in sentences for whoever opens the file
 * @returns the whole file, cues in order of their start
 */
export function webVttOf(lines: readonly NamedLine[], zeroMs: number, origin: readonly string[] = []): string {
  const cues = inOrder(lines)
    .flatMap(cuesOf)
    .filter((cue) => cue.endMs > zeroMs)
    .sort((a, b) => a.startMs - b.startMs);
  const blocks = cues.map((cue, index) => {
    const startMs = Math.max(0, cue.startMs - zeroMs);
    const endMs = Math.max(startMs + SHORTEST_CUE_MS, cue.endMs - zeroMs);
    return `${index + 1}\n${timestamp(startMs)} --> ${timestamp(endMs)}\n<v ${voice(cue.name)}>${escape(cue.text)}`;
  });
  return `${['WEBVTT', ...noteOf(origin), ...blocks].join('\n\n')}\n`;
}
