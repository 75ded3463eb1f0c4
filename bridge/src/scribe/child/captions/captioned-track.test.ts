import { describe, expect, test } from '@jest/globals';
import { FRAME_MS, UTTERANCE_SAMPLE_RATE, type CaptionText } from '../../../transcription/index.ts';
import { createCaptionedTrack, type CaptionUpdate } from './captioned-track.ts';

const FRAME_SAMPLES = (UTTERANCE_SAMPLE_RATE * FRAME_MS) / 1000;
const LOUD = Int16Array.from({ length: FRAME_SAMPLES }, (_, i) => Math.round(8000 * Math.sin(i / 3)));
const QUIET = new Int16Array(FRAME_SAMPLES);

interface Asked {
  readonly final: boolean;
  readonly ms: number;
  answer(text: CaptionText | undefined): Promise<void>;
  fail(): Promise<void>;
}

function setUp() {
  const updates: CaptionUpdate[] = [];
  const asked: Asked[] = [];
  const failures: unknown[] = [];
  let nowMs = 0;
  const track = createCaptionedTrack({
    caption: (pcm, final) =>
      new Promise((resolve, reject) => {
        const settle = () => new Promise<void>((done) => setImmediate(done));
        asked.push({
          final,
          ms: (pcm.length / FRAME_SAMPLES) * FRAME_MS,
          answer: (text) => {
            resolve(text);
            return settle();
          },
          fail: () => {
            reject(new Error('no'));
            return settle();
          },
        });
      }),
    onUpdate: (update) => updates.push(update),
    onFailure: (error) => failures.push(error),
    now: () => nowMs,
  });
  const hear = (frame: Int16Array, ms: number): void => {
    for (let heard = 0; heard < ms; heard += FRAME_MS) {
      nowMs += FRAME_MS;
      // Speech has gaps; what has none is noise.
      track.push((nowMs / FRAME_MS) % 8 === 0 ? QUIET : frame, nowMs);
    }
  };
  hear(QUIET, 400);
  return { updates, asked, failures, track, hear };
}
const text = (words: string): CaptionText => ({ text: words, language: 'en' });
const shown = (updates: readonly CaptionUpdate[]) => updates.map((update) => [update.text, update.final]);

describe('a captioned track', () => {
  test('interim text while somebody speaks, final text after a pause, as one segment', async () => {
    const { updates, asked, hear } = setUp();
    hear(LOUD, 1000);
    expect(asked.map(({ final }) => final)).toEqual([false]);
    await asked[0]?.answer(text('Good'));
    hear(LOUD, 1000);
    await asked[1]?.answer(text('Good morning'));
    hear(QUIET, 600);
    expect(asked.at(-1)).toMatchObject({ final: true });
    await asked.at(-1)?.answer(text('Good morning.'));
    expect(shown(updates)).toEqual([
      ['Good', false],
      ['Good morning', false],
      ['Good morning.', true],
    ]);
    expect(new Set(updates.map(({ segmentId }) => segmentId)).size).toBe(1);
    hear(LOUD, 1000);
    hear(QUIET, 600);
    await asked.at(-2)?.answer(text('And'));
    await asked.at(-1)?.answer(text('And now.'));
    expect(updates.at(-1)?.segmentId).not.toBe(updates[0]?.segmentId);
  });

  test('one interim request at a time, and none overtakes the final text', async () => {
    const { updates, asked, hear } = setUp();
    hear(LOUD, 3000);
    expect(asked).toHaveLength(1);
    hear(QUIET, 600);
    await asked[1]?.answer(text('All of it.'));
    await asked[0]?.answer(text('All'));
    expect(shown(updates)).toEqual([['All of it.', true]]);
  });

  test('interim text is asked for less often when the engine is busy', async () => {
    const { asked, hear } = setUp();
    hear(LOUD, 1000);
    await asked[0]?.answer(undefined);
    hear(LOUD, 600);
    expect(asked).toHaveLength(1);
    hear(LOUD, 1000);
    expect(asked).toHaveLength(2);
  });

  test('a final text that will never come says so, after what was shown of it', async () => {
    const { updates, asked, failures, hear } = setUp();
    hear(LOUD, 1000);
    await asked[0]?.answer(text('Hello'));
    hear(QUIET, 600);
    await asked.at(-1)?.answer(undefined);
    hear(LOUD, 500);
    hear(QUIET, 600);
    await asked.at(-1)?.fail();
    expect(shown(updates)).toEqual([
      ['Hello', false],
      ['Hello […]', true],
      ['[…]', true],
    ]);
    expect(failures).toHaveLength(1);
  });

  test('what turns out to be no speech is taken back, and not shown at all if it never was', async () => {
    const { updates, asked, hear } = setUp();
    hear(LOUD, 1000);
    await asked[0]?.answer(text('Thank you.'));
    hear(QUIET, 600);
    await asked.at(-1)?.answer(text(''));
    expect(shown(updates).at(-1)).toEqual(['', true]);
    hear(LOUD, 500);
    hear(QUIET, 600);
    await asked.at(-1)?.answer(text(''));
    expect(updates).toHaveLength(2);
  });

  test('long speech is cut, and nothing is lost when the track ends', () => {
    const { asked, hear, track } = setUp();
    hear(LOUD, 9000);
    expect(asked.filter(({ final }) => final)).toHaveLength(1);
    track.end();
    expect(asked.filter(({ final }) => final)).toHaveLength(2);
  });
});
