import { oneLine } from '../lines.ts';
import { SpeechRejected, type SpokenText, type SpokenWord } from './engine.ts';

/** What an engine says is somebody else's word: checked against the sound it was given. Pure. */

/** Nobody speaks faster; what is longer is a model that repeats itself. */
const MOST_CHARACTERS_PER_SECOND = 40;
const SPARE_CHARACTERS = 120;
/** Alignment is that inexact at the ends of the sound; what lies further out is made up. */
const TOLERANCE_MS = 1_000;

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
    const word = oneLine(raw);
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
  const text = oneLine(raw);
  if (text.length > SPARE_CHARACTERS + (MOST_CHARACTERS_PER_SECOND * lastsMs) / 1000) {
    throw new SpeechRejected('the engine gave more text than can be said in that time');
  }
  return text;
}

/** Engines name languages by code ("fr") or by English name ("french", as OpenAI does). */
const LANGUAGE_NAMES: Readonly<Record<string, string>> = {
  english: 'en',
  french: 'fr',
  german: 'de',
  dutch: 'nl',
  spanish: 'es',
  italian: 'it',
  portuguese: 'pt',
};

export function languageCode(name: string | null | undefined): string | undefined {
  if (name === null || name === undefined || name === '') return undefined;
  const lower = name.toLowerCase();
  return LANGUAGE_NAMES[lower] ?? (/^[a-z]{2,3}$/.test(lower) ? lower : undefined);
}

export function lastsMs({ pcm, sampleRate }: { readonly pcm: Int16Array; readonly sampleRate: number }): number {
  return (pcm.length / sampleRate) * 1000;
}

/** Nobody spoke. */
export const SILENCE: SpokenText = { text: '', language: undefined, words: [] };
