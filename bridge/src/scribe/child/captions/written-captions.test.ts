import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { RecorderCaption } from '@palabre/protocol';
import { FRAME_MS, UTTERANCE_SAMPLE_RATE, type CaptionText } from '../../../transcription/index.ts';
import { createWrittenCaptions } from './written-captions.ts';

const FRAME_SAMPLES = (UTTERANCE_SAMPLE_RATE * FRAME_MS) / 1000;
const LOUD = Int16Array.from({ length: FRAME_SAMPLES }, (_, i) => Math.round(8000 * Math.sin(i / 3)));
const QUIET = new Int16Array(FRAME_SAMPLES);
const ALICE = { identity: '@alice:x:D', trackSid: 'TR_1' };

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function setUp() {
  const written: RecorderCaption[] = [];
  const asked: { readonly language: string | undefined; answer(text: string): Promise<void> }[] = [];
  const forgotten: string[] = [];
  /** Whether Alice has agreed to be recorded. */
  const consent = { given: true };
  const captions = createWrittenCaptions({
    nameOf: () => (consent.given ? 'Alice' : undefined),
    forget: (prefix) => void forgotten.push(prefix),
    languageOf: (identity) => (identity === ALICE.identity ? 'fr' : undefined),
    caption: ({ final, language }) =>
      new Promise<CaptionText | undefined>((resolve) => {
        if (!final) {
          resolve(undefined);
          return;
        }
        asked.push({
          language,
          answer: async (text) => {
            resolve({ text, language });
            await jest.advanceTimersByTimeAsync(1);
          },
        });
      }),
    write: (caption) => {
      written.push(caption);
      return Promise.resolve();
    },
    onFailure: (error) => {
      throw error;
    },
  });
  const speak = (): void => {
    const startMs = Date.now();
    for (let ms = 0; ms < 2_000; ms += FRAME_MS) {
      // Speech has gaps; what has none is noise.
      const isVoice = ms >= 400 && ms < 1_400 && (ms / FRAME_MS) % 8 > 0;
      captions.sink.frame(ALICE, isVoice ? LOUD : QUIET, startMs + ms);
    }
  };
  return { captions, written, asked, forgotten, consent, speak };
}

test('what is said stands in the picture, in the language that its speaker set as a hint', async () => {
  const { written, asked, speak } = setUp();
  speak();
  await asked[0]?.answer('Bonjour');
  expect(written).toEqual([expect.objectContaining({ identity: ALICE.identity, name: 'Alice', text: 'Bonjour' })]);
  expect(asked[0]?.language).toBe('fr');
});

test('text that comes much later is not written under another moment, nor anything after the end', async () => {
  const { captions, written, asked, speak } = setUp();
  speak();
  await jest.advanceTimersByTimeAsync(31_000);
  await asked[0]?.answer('Long ago');
  speak();
  captions.close();
  await asked[1]?.answer('After the end');
  expect(written).toEqual([]);
});

test('who withdraws: what they said is forgotten, what they were just saying goes to no engine, and others are left alone', async () => {
  const { captions, asked, forgotten, consent, speak } = setUp();
  speak();
  speak();
  expect(asked).toHaveLength(1);
  captions.review();
  expect(forgotten).toEqual([]);
  for (let endMs = 0; endMs < 1_000; endMs += FRAME_MS) captions.sink.frame(ALICE, LOUD, Date.now() + endMs);
  consent.given = false;
  captions.review();
  expect(forgotten).toEqual([`picture ${ALICE.identity} ${ALICE.trackSid}`]);
  captions.sink.ended(ALICE);
  // The one that was given up makes room for no other.
  await asked[0]?.answer('');
  expect(asked).toHaveLength(1);
});

test('whose sound ends because they withdrew: what they were just saying goes to no engine', async () => {
  const { captions, asked, consent } = setUp();
  for (let ms = 0; ms < 1_400; ms += FRAME_MS) {
    captions.sink.frame(ALICE, ms >= 400 && (ms / FRAME_MS) % 8 > 0 ? LOUD : QUIET, Date.now() + ms);
  }
  consent.given = false;
  captions.sink.ended(ALICE);
  await jest.advanceTimersByTimeAsync(10);
  expect(asked).toEqual([]);
});

test('nothing of it is waited for after the end', () => {
  const { captions, forgotten, speak } = setUp();
  speak();
  captions.close();
  expect(forgotten).toEqual(['picture ']);
});
