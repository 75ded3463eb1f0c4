import { readFileSync } from 'node:fs';
import type { Frame } from '@playwright/test';
import { readCaptions } from '../fixtures/captions.ts';
import type { Actor } from '../fixtures/cast.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { phaseReached } from '../fixtures/scribe.ts';
import type { CallPage } from '../pages/call.ts';
import type { SpeechEngine } from '../stack/contract.ts';
import type { StackControl } from '../stack/control-client.ts';
import { promptNamed, say, type Prompt } from '../words/prompts.ts';
import { wordErrorRate, wordsOf } from '../words/word-errors.ts';
import { numberOption, onGround, percentile, progress, report } from './harness.ts';

/** Three people speak at the same time, two English, one French: end of each word in the sound → word on a fourth screen. */
const ROUNDS = numberOption('n', 4);
const PAUSE_MS = 1_500;
const SETTLED_MS = 6_000;

const TALKERS = [
  { name: 'alice', prompts: ['en-queue-periodic-announce', 'en-ss-noservice', 'en-tt-allbusy', 'en-vm-newuser'] },
  { name: 'bob', prompts: ['fr-privacy-prompt', 'fr-vm-newuser', 'fr-privacy-unident', 'fr-status'] },
  {
    name: 'carol',
    prompts: ['en-queue-youarenext', 'en-vm-nobox', 'en-confbridge-mute-extended', 'en-pbx-invalidpark'],
  },
] as const;

interface TimedWord {
  readonly word: string;
  /** From the start of the file. */
  readonly endMs: number;
}

/** Where each word of a sentence ends, as the speech server aligns it. */
async function timedWords(stack: StackControl, prompt: Prompt): Promise<readonly TimedWord[]> {
  const config = JSON.parse(readFileSync(stack.facts.configPath, 'utf8')) as {
    speech: readonly SpeechEngine[];
  };
  const [engine] = config.speech;
  if (engine === undefined) throw new Error('there is no speech engine');
  const form = new FormData();
  const sound = readFileSync(new URL(`../speech/${prompt.file}`, import.meta.url));
  form.append('file', new Blob([sound], { type: 'audio/ogg' }), prompt.file);
  form.append('model', engine.model);
  form.append('language', prompt.language);
  form.append('response_format', 'verbose_json');
  form.append('timestamp_granularities[]', 'word');
  const response = await fetch(`${engine.baseUrl}/v1/audio/transcriptions`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${engine.apiKey}` },
    signal: AbortSignal.timeout(60_000),
  });
  const { words } = (await response.json()) as { words: readonly { word: string; end: number }[] };
  return words.flatMap(({ word, end }) =>
    wordsOf(word).map((one) => ({ word: one, endMs: Math.min(end * 1000, prompt.offsetMs) })),
  );
}

interface Seen {
  readonly atMs: number;
  /** Everything shown as said by this person. */
  readonly text: string;
  readonly final: boolean;
}

declare global {
  interface Window {
    palabreSeen: Record<string, Seen[]>;
  }
}

/** Notes each change of the captions on this screen with its wall clock. */
async function watchCaptions(frame: Frame): Promise<void> {
  await frame.evaluate(() => {
    window.palabreSeen = {};
    const look = () => {
      const atMs = performance.timeOrigin + performance.now();
      const said: Record<string, { text: string; final: boolean }> = {};
      for (const turn of document.querySelectorAll<HTMLElement>('[data-testid=spoken]')) {
        const user = turn.dataset['userId'] ?? '';
        const lines = [...turn.querySelectorAll<HTMLElement>('.spoken-text')];
        const before = said[user] ?? { text: '', final: true };
        said[user] = {
          text: [before.text, ...lines.map((line) => line.textContent)].join(' '),
          final: before.final && lines.every((line) => line.dataset['final'] === 'true'),
        };
      }
      for (const [user, { text, final }] of Object.entries(said)) {
        const seen = (window.palabreSeen[user] ??= []);
        if (seen.at(-1)?.text !== text || seen.at(-1)?.final !== final) seen.push({ atMs, text, final });
      }
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
      attributes: true,
    });
  });
}

/** Which of the wanted words occur in the text in their order (longest common subsequence). */
function matched(wanted: readonly string[], got: readonly string[]): Set<number> {
  const lengths = Array.from({ length: wanted.length + 1 }, () => new Array<number>(got.length + 1).fill(0));
  const at = (row: number, column: number): number => lengths[row]?.[column] ?? 0;
  for (let row = wanted.length - 1; row >= 0; row -= 1) {
    for (let column = got.length - 1; column >= 0; column -= 1) {
      const same = wanted[row] === got[column];
      const line = lengths[row];
      if (line === undefined) continue;
      line[column] = same ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const found = new Set<number>();
  for (let row = 0, column = 0; row < wanted.length && column < got.length;) {
    if (wanted[row] === got[column]) {
      found.add(row);
      row += 1;
      column += 1;
    } else if (at(row + 1, column) >= at(row, column + 1)) row += 1;
    else column += 1;
  }
  return found;
}

interface Talk {
  readonly prompt: Prompt;
  readonly startedMs: number;
}

/** One after the other, with a pause between. */
async function talk(call: CallPage, prompts: readonly Prompt[]): Promise<readonly Talk[]> {
  const talks: Talk[] = [];
  for (const prompt of prompts) {
    const { startMs } = await say(call.frame, prompt);
    talks.push({ prompt, startedMs: startMs - prompt.onsetMs });
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return talks;
}

interface Measured {
  readonly latenciesMs: readonly number[];
  readonly words: number;
}

/** From what was shown since a sentence began, beyond what stood there before. */
function measure({ startedMs }: Talk, words: readonly TimedWord[], seen: readonly Seen[], untilMs: number): Measured {
  const before = seen.findLast(({ atMs }) => atMs < startedMs)?.text ?? '';
  const shown = new Map<number, number>();
  for (const { atMs, text } of seen.filter((one) => one.atMs >= startedMs && one.atMs < untilMs)) {
    const added = wordsOf(text).slice(wordsOf(before).length);
    const wanted = words.map(({ word }) => word);
    for (const index of matched(wanted, added)) if (!shown.has(index)) shown.set(index, atMs);
  }
  return {
    words: words.length,
    latenciesMs: [...shown].map(([index, atMs]) => atMs - (startedMs + (words[index]?.endMs ?? 0))),
  };
}

await onGround(
  async ({ stack, cast }) => {
    const people: Actor[] = [];
    for (const { name } of TALKERS) people.push(await cast.actor(name, { media: { toneAtStart: false } }));
    const [alice, bob, carol] = people;
    if (alice === undefined || bob === undefined || carol === undefined) throw new Error('nobody');
    const dave = await cast.actor('dave', { media: { toneAtStart: false } });
    const room = await makeRoom(stack, alice, [bob, carol, dave]);
    const [first, second, third, reader] = await meet(room, alice, bob, carol, dave);
    const talkers = [first, second, third];
    // What is measured is speech: four pictures of four people in one machine's browser are no part of a call.
    for (const call of [...talkers, reader]) await call.button('toggle-cam').click();
    await readCaptions(reader);
    await phaseReached(stack, room.roomId, 'captions', 'on');
    await watchCaptions(reader.frame);
    const sentences = TALKERS.map(({ prompts }) => prompts.slice(0, ROUNDS).map(promptNamed));
    const timed = new Map<string, readonly TimedWord[]>();
    for (const prompt of sentences.flat()) timed.set(prompt.id, await timedWords(stack, prompt));
    progress('three people speak');
    const talks = await Promise.all(talkers.map((call, index) => talk(call, sentences[index] ?? [])));
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    const seen = await reader.frame.evaluate(() => window.palabreSeen);

    const measured = talks.flatMap((said, index) =>
      said.map((one, turn) => {
        const nextMs = said[turn + 1]?.startedMs ?? Infinity;
        return measure(one, timed.get(one.prompt.id) ?? [], seen[people[index]?.userId ?? ''] ?? [], nextMs);
      }),
    );
    const samples = measured.flatMap(({ latenciesMs }) => latenciesMs);
    const words = measured.reduce((sum, one) => sum + one.words, 0);
    const errors = TALKERS.map((_talker, index) => {
      const reference = (sentences[index] ?? []).map(({ text }) => text).join(' ');
      const shown = seen[people[index]?.userId ?? '']?.at(-1)?.text ?? '';
      return Math.round(wordErrorRate(reference, shown) * 1000) / 10;
    });
    report({
      bench: 'captions',
      unit: 'ms',
      samples,
      value: percentile(samples, 0.95),
      more: {
        words,
        words_never_shown: words - samples.length,
        word_error_percent: { en: [errors[0], errors[2]], fr: errors[1] },
        talkers: TALKERS.length,
        cameras: 0,
      },
    });
  },
  { speech: true },
);
