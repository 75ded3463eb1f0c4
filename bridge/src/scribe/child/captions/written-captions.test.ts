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
  const captions = createWrittenCaptions({
    nameOf: () => 'Alice',
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
  return { captions, written, asked, speak };
}

test('what is said stands in the picture, in the language that its speaker set as a hint', async () => {
  const { written, asked, speak } = setUp();
  speak();
  await asked[0]?.answer('Bonjour');
  expect(written).toEqual([expect.objectContaining({ name: 'Alice', text: 'Bonjour' })]);
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
