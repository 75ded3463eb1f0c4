import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promptNamed, type Prompt } from '../words/prompts.ts';

/** A meeting of any length, made of the recorded sentences: four people, each on a track of their own, who mostly take turns. */

export const SAMPLE_RATE = 16_000;

export interface Speaker {
  readonly userId: string;
  readonly language: 'en' | 'fr';
  readonly sentences: readonly Sentence[];
}

export interface Sentence {
  readonly prompt: Prompt;
  readonly pcm: Int16Array;
}

/** One sentence that somebody says. Times are from the start of the meeting. */
export interface Turn {
  readonly speaker: Speaker;
  readonly sentence: Sentence;
  readonly startMs: number;
  /** Loudness against the recording. */
  readonly gain: number;
}

const PEOPLE = [
  ['@alice:bench', ['en-queue-periodic-announce', 'en-ss-noservice', 'en-tt-allbusy', 'en-vm-newuser']],
  ['@bob:bench', ['fr-privacy-prompt', 'fr-vm-newuser', 'fr-tt-allbusy', 'fr-ss-noservice']],
  ['@carol:bench', ['en-queue-youarenext', 'en-vm-nobox', 'en-confbridge-mute-extended', 'en-pbx-invalidpark']],
  ['@david:bench', ['fr-privacy-unident', 'fr-queue-periodic-announce', 'fr-status', 'fr-vm-mailboxfull']],
] as const;

const SHORTEST_PAUSE_MS = 700;
const LONGEST_PAUSE_MS = 1_800;
/** So many of ten turns begin before the one before has ended. */
const INTERRUPTIONS = 1;
const INTERRUPTION_MS = 1_500;

/** The same numbers in each run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function soundOf({ file }: Prompt): Int16Array {
  const path = fileURLToPath(new URL(`../speech/${file}`, import.meta.url));
  const raw = ['-ar', String(SAMPLE_RATE), '-ac', '1', '-f', 's16le', 'pipe:1'];
  const bytes = execFileSync('ffmpeg', ['-v', 'error', '-i', path, ...raw], { maxBuffer: 64_000_000 });
  return new Int16Array(new Uint8Array(bytes).buffer);
}

export function fourPeople(): readonly Speaker[] {
  return PEOPLE.map(([userId, ids]) => {
    const prompts = ids.map(promptNamed);
    const language = prompts[0]?.language ?? 'en';
    return { userId, language, sentences: prompts.map((prompt) => ({ prompt, pcm: soundOf(prompt) })) };
  });
}

/** Everybody speaks about as often; nobody twice in a row. In order of time. */
export function turnsOf(speakers: readonly Speaker[], durationMs: number): readonly Turn[] {
  const random = createRandom(5);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const turns: Turn[] = [];
  let atMs = 1_000;
  for (;;) {
    const before = turns.at(-1)?.speaker;
    const speaker = pick(speakers.filter((one) => one !== before));
    const sentence = pick(speaker.sentences);
    if (atMs + sentence.prompt.durationMs > durationMs) return turns;
    turns.push({ speaker, sentence, startMs: Math.round(atMs), gain: 0.4 + 0.6 * random() });
    const pauseMs = SHORTEST_PAUSE_MS + random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS);
    atMs += sentence.prompt.durationMs + (random() * 10 < INTERRUPTIONS ? -INTERRUPTION_MS : pauseMs);
  }
}

/** What a microphone gives: sound of whatever its person says, and a little noise all the time. */
export function createMicrophone(
  turns: readonly Turn[],
  seed: number,
): (startMs: number, samples: number) => Int16Array {
  const random = createRandom(seed);
  let next = 0;
  return (startMs, samples) => {
    const first = (startMs / 1000) * SAMPLE_RATE;
    const frame = Int16Array.from({ length: samples }, () => Math.round((random() - 0.5) * 40));
    while ((turns[next]?.startMs ?? Infinity) + (turns[next]?.sentence.prompt.durationMs ?? 0) + 500 < startMs)
      next += 1;
    for (const turn of turns.slice(next, next + 2)) {
      const offset = Math.round(first - (turn.startMs / 1000) * SAMPLE_RATE);
      for (let n = Math.max(0, -offset); n < samples; n += 1) {
        const sample = turn.sentence.pcm[offset + n];
        if (sample === undefined) break;
        frame[n] = (frame[n] ?? 0) + sample * turn.gain;
      }
    }
    return frame;
  };
}
