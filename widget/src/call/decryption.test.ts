import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createDecryption, isStuck, type Flow } from './decryption.ts';

const flows = (...list: Flow[]) => new Map(list.map((flow, index) => [`track ${index}`, flow]));

describe('decryption', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('is stuck when something arrives and nothing of it is decoded', () => {
    const before = flows({ arrived: 10, decoded: 5 }, { arrived: 10, decoded: 5 });
    expect(isStuck(before, flows({ arrived: 12, decoded: 6 }, { arrived: 10, decoded: 5 }))).toBe(false);
    expect(isStuck(before, flows({ arrived: 12, decoded: 6 }, { arrived: 12, decoded: 5 }))).toBe(true);
    expect(isStuck(new Map(), before)).toBe(false);
    // Received anew, and counted from the beginning.
    expect(isStuck(before, flows({ arrived: 2, decoded: 0 }))).toBe(false);
  });

  /** One participant whose packets arrive all the time; `works` says whether they can be decrypted. */
  const watch = () => {
    const media = { works: false, silent: false, arrived: 0, decoded: 0, looks: 0 };
    let changes = 0;
    const decryption = createDecryption(
      () => {
        media.looks++;
        if (!media.silent) media.arrived += 50;
        if (!media.silent && media.works) media.decoded += 20;
        return Promise.resolve(flows({ arrived: media.arrived, decoded: media.decoded }));
      },
      () => changes++,
    );
    const says = () => [decryption.isFailing('a'), changes];
    return { decryption, media, says };
  };

  test('that fails for seconds is said, and no longer when it works again', async () => {
    const { decryption, media, says } = watch();
    decryption.suspect('a');
    await jest.advanceTimersByTimeAsync(2_500);
    expect(says()).toEqual([false, 0]);
    await jest.advanceTimersByTimeAsync(3_000);
    expect(says()).toEqual([true, 1]);
    media.works = true;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(says()).toEqual([false, 2]);
    // LiveKit keeps silent about the second failure of the same minute.
    media.works = false;
    await jest.advanceTimersByTimeAsync(6_000);
    expect(says()).toEqual([true, 3]);
    media.silent = true;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(says()).toEqual([false, 4]);
    decryption.close();
  });

  test('that failed for a moment only is not spoken of, and not watched for ever', async () => {
    const { decryption, media, says } = watch();
    decryption.suspect('a');
    await jest.advanceTimersByTimeAsync(2_000);
    media.works = true;
    await jest.advanceTimersByTimeAsync(120_000);
    expect(says()).toEqual([false, 0]);
    const { looks } = media;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(media.looks).toBe(looks);
    decryption.close();
  });
});
