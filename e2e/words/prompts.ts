import { readFileSync } from 'node:fs';
import type { Frame } from '@playwright/test';

/** A recorded sentence with its text and the moments at which the voice begins and ends in the file. */
export interface Prompt {
  readonly id: string;
  readonly file: string;
  readonly language: 'en' | 'fr';
  readonly text: string;
  readonly durationMs: number;
  readonly onsetMs: number;
  readonly offsetMs: number;
}

const folder = new URL('../speech/', import.meta.url);
const prompts = JSON.parse(readFileSync(new URL('prompts.json', folder), 'utf8')) as readonly Prompt[];

/** Sentences that are said in encrypted rooms only: none of their words may be found on the server's disk. */
const SECRET = new Set([
  'en-vm-newuser',
  'en-vm-nobox',
  'en-pbx-invalidpark',
  'fr-vm-newuser',
  'fr-status',
  'fr-vm-mailboxfull',
]);
/** Words that occur in those sentences and in no other, and in nothing else that a server writes down. */
export const SECRET_WORDS = ['Comedian', 'mailbox', 'parked on that', 'messagerie', 'localiser', 'boîte vocale'];

/** The sentences for rooms of one kind. */
export function promptsFor(room: 'plain' | 'encrypted', language: Prompt['language']): readonly Prompt[] {
  return prompts.filter((prompt) => prompt.language === language && SECRET.has(prompt.id) === (room === 'encrypted'));
}

export function promptNamed(id: string): Prompt {
  const found = prompts.find((prompt) => prompt.id === id);
  if (found === undefined) throw new Error(`no sentence ${id}`);
  return found;
}

/** A sentence that was really said, with wall clock times of its voice. */
export interface Spoken {
  readonly prompt: Prompt;
  readonly startMs: number;
  readonly endMs: number;
}

/** Plays the sentence into this page's microphone; resolves when its voice has ended. */
export async function say(frame: Frame, prompt: Prompt): Promise<Spoken> {
  const data = readFileSync(new URL(prompt.file, folder)).toString('base64');
  const { startedMs } = await frame.evaluate((sound) => window.palabreDevices.say(sound), data);
  const endMs = startedMs + prompt.offsetMs;
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, startedMs + prompt.durationMs - Date.now())));
  return { prompt, startMs: startedMs + prompt.onsetMs, endMs };
}
