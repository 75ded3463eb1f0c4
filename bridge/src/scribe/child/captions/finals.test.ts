import { describe, expect, test } from '@jest/globals';
import { UTTERANCE_SAMPLE_RATE, type CaptionText } from '../../../transcription/index.ts';
import { createFinals } from './finals.ts';

const SECOND = new Int16Array(UTTERANCE_SAMPLE_RATE);

function setUp() {
  const asked: { readonly speaker: string; answer(text: string): Promise<void>; fail(): Promise<void> }[] = [];
  const came: string[] = [];
  let nowMs = 0;
  const settle = () => new Promise<void>((done) => setImmediate(done));
  const finals = createFinals({ mostMs: 3_000, now: () => nowMs });
  const askEngine = (speaker: string): Promise<CaptionText> =>
    new Promise((resolve, reject) => {
      asked.push({
        speaker,
        answer: (text) => {
          resolve({ text, language: 'en' });
          return settle();
        },
        fail: () => {
          reject(new Error('no'));
          return settle();
        },
      });
    });
  const say = (speaker: string): void => {
    void finals
      .ask(speaker, SECOND, () => askEngine(speaker))
      .then((heard) => came.push(`${speaker}: ${heard?.text ?? 'nothing'}`))
      .catch(() => came.push(`${speaker}: failed`));
  };
  return { finals, asked, came, say, settle, wait: (ms: number) => (nowMs += ms) };
}

describe('final texts', () => {
  test('of one track come one after the other, and do not hold up another track', async () => {
    const { asked, came, say } = setUp();
    say('anna');
    say('anna');
    say('ben');
    expect(asked.map(({ speaker }) => speaker)).toEqual(['anna', 'ben']);
    await asked[1]?.answer('one');
    await asked[0]?.fail();
    expect(asked.map(({ speaker }) => speaker)).toEqual(['anna', 'ben', 'anna']);
    await asked[2]?.answer('two');
    expect(came).toEqual(['ben: one', 'anna: failed', 'anna: two']);
  });

  test('wait for hours, up to so much sound; beyond it the oldest that was not asked for goes', async () => {
    const { finals, asked, came, say, settle, wait } = setUp();
    for (let minute = 0; minute < 4; minute += 1) {
      say('anna');
      wait(60 * 60_000);
    }
    await settle();
    expect(came).toEqual([]);
    expect(finals.waitingSinceMs()).toBe(0);
    say('anna');
    await settle();
    expect(came).toEqual(['anna: nothing']);
    expect(finals.waitingSinceMs()).toBe(0);
    for (const [index, text] of ['one', 'three', 'four', 'five'].entries()) await asked[index]?.answer(text);
    expect(came.slice(1)).toEqual(['anna: one', 'anna: three', 'anna: four', 'anna: five']);
    expect(finals.waitingSinceMs()).toBeUndefined();
  });

  test('closed, nothing more is asked for', async () => {
    const { finals, asked, came, say, settle } = setUp();
    say('anna');
    say('anna');
    finals.close();
    say('ben');
    await settle();
    await asked[0]?.answer('one');
    expect(asked).toHaveLength(1);
    expect(came.toSorted()).toEqual(['anna: nothing', 'anna: one', 'ben: nothing']);
  });
});
