import { oneLine } from '../lines.ts';
import { SpeechRejected, type SpokenText, type SpokenWord } from './engine.ts';

/** What an engine says is somebody else's word: checked against the sound it was given. Pure. */

/** Nobody speaks faster; what is longer is a model that repeats itself. */
const MOST_CHARACTERS_PER_SECOND = 40;
const SPARE_CHARACTERS = 120;
/** Alignment is that inexact at the ends of the sound; what lies further out is made up. */
const TOLERANCE_MS = 1_000;

/** What models write where nobody speaks: "[BLANK_AUDIO]" and the like of whisper.cpp anywhere, anything in brackets alone. */
const SOUND = /\[[\p{Lu}_ ]+\]/gu;
const ONLY_A_SOUND = /^(?:\[[^\]]*\]|\([^)]*\)|\*[^*]*\*)$/u;

function spokenOf(raw: string): string {
  const text = oneLine(raw.replaceAll(SOUND, ' '));
  return ONLY_A_SOUND.test(text) ? '' : text;
}

export interface RawWord {
  readonly word: string;
  /** Seconds. */
  readonly start: number;
  readonly end: number;
}

/**
 * @param words in seconds from the start of the sound
 * @returns the words with times inside the sound; none when the times cannot be those of this sound
 */
export function plausibleWords(words: readonly RawWord[], lastsMs: number): SpokenWord[] {
  const found: SpokenWord[] = [];
  let before = 0;
  for (const { word: raw, start, end } of words) {
    const word = spokenOf(raw);
    if (word === '') continue;
    const [startMs, endMs] = [start * 1000, end * 1000];
    const isInside = startMs >= -TOLERANCE_MS && endMs <= lastsMs + TOLERANCE_MS && startMs <= endMs;
    if (!isInside || startMs < before - TOLERANCE_MS) return [];
    before = startMs;
    const within = (ms: number): number => Math.round(Math.min(lastsMs, Math.max(0, ms)));
    found.push({ word, startMs: within(startMs), endMs: within(endMs) });
  }
  return found;
}

/** @throws SpeechRejected when nobody could have said so much in that time */
export function plausibleText(raw: string, lastsMs: number): string {
  const text = spokenOf(raw);
  if (text.length > SPARE_CHARACTERS + (MOST_CHARACTERS_PER_SECOND * lastsMs) / 1000) {
    throw new SpeechRejected('the engine gave more text than can be said in that time');
  }
  return text;
}

/** Engines name languages by code ("fr") or by English name ("french", as OpenAI and whisper.cpp do). */
function namesToCodes(): ReadonlyMap<string, string> {
  const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(97 + index));
  const codes = letters.flatMap((first) => letters.map((second) => `${first}${second}`));
  // Codes that were given up have the names of others.
  return new Map(
    codes.flatMap((code) => {
      const name = Intl.getCanonicalLocales(code)[0] === code ? names.of(code)?.toLowerCase() : undefined;
      return name === undefined ? [] : [[name, code]];
    }),
  );
}
const LANGUAGE_NAMES = namesToCodes();

export function languageCode(name: string | null | undefined): string | undefined {
  if (name === null || name === undefined || name === '') return undefined;
  const lower = name.toLowerCase();
  return LANGUAGE_NAMES.get(lower) ?? (/^[a-z]{2,3}$/.test(lower) ? lower : undefined);
}

export function lastsMs({ pcm, sampleRate }: { readonly pcm: Int16Array; readonly sampleRate: number }): number {
  return (pcm.length / sampleRate) * 1000;
}

/** Nobody spoke. */
export const SILENCE: SpokenText = { text: '', language: undefined, words: [] };
