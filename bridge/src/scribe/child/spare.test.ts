import { describe, expect, jest, test } from '@jest/globals';
import { createSpare, type Spare } from './spare.ts';

interface FakeBrowser {
  readonly name: string;
  isOpen: boolean;
  close(): Promise<void>;
}

/** Browsers that open when the test says so. */
function fakeBrowsers(): {
  readonly spare: Spare<FakeBrowser>;
  readonly launched: FakeBrowser[];
  readonly finish: PromiseWithResolvers<undefined>;
} {
  const launched: FakeBrowser[] = [];
  const finish = Promise.withResolvers<undefined>();
  const spare = createSpare<FakeBrowser>(async () => {
    const browser: FakeBrowser = {
      name: `browser ${launched.length}`,
      isOpen: true,
      close: () => Promise.resolve(void (browser.isOpen = false)),
    };
    launched.push(browser);
    await finish.promise;
    return browser;
  });
  return { spare, launched, finish };
}

describe('what is opened before it is needed', () => {
  test('is being opened before anybody takes it, and is taken once', async () => {
    const { spare, launched, finish } = fakeBrowsers();
    spare.prepare();
    spare.prepare();
    expect(launched).toHaveLength(1);
    finish.resolve(undefined);
    expect((await spare.take()).name).toBe('browser 0');
    expect((await spare.take()).name).toBe('browser 1');
  });

  test('is closed when nobody took it, also while it is still being opened', async () => {
    const { spare, launched, finish } = fakeBrowsers();
    spare.prepare();
    const closing = spare.close();
    finish.resolve(undefined);
    await closing;
    expect(launched.map(({ isOpen }) => isOpen)).toEqual([false]);
  });

  test('waits, or is closed when nobody takes it in time; whoever comes later has a new one', async () => {
    jest.useFakeTimers();
    try {
      const { spare, launched, finish } = fakeBrowsers();
      finish.resolve(undefined);
      spare.prepare();
      await jest.advanceTimersByTimeAsync(5 * 60_000);
      expect(launched.map(({ isOpen }) => isOpen)).toEqual([true]);
      spare.prepare(1_000);
      await jest.advanceTimersByTimeAsync(1_000);
      expect(launched.map(({ isOpen }) => isOpen)).toEqual([false]);
      const taken = await spare.take();
      await jest.advanceTimersByTimeAsync(5 * 60_000);
      expect(taken).toMatchObject({ name: 'browser 1', isOpen: true });
    } finally {
      jest.useRealTimers();
    }
  });

  test('stays open when it was taken before', async () => {
    const { spare, finish } = fakeBrowsers();
    finish.resolve(undefined);
    spare.prepare();
    const taken = await spare.take();
    await spare.close();
    expect(taken.isOpen).toBe(true);
  });

  test('is opened anew for whoever takes it when it could not be prepared', async () => {
    let tries = 0;
    const spare = createSpare(() => {
      tries += 1;
      return tries === 1
        ? Promise.reject(new Error('no browser'))
        : Promise.resolve({ close: () => Promise.resolve() });
    });
    spare.prepare();
    await expect(spare.take()).resolves.toBeDefined();
    expect(tries).toBe(2);
  });

  test('fails whoever takes it, not whoever prepares or closes it; the next one is new', async () => {
    const { spare, finish } = fakeBrowsers();
    spare.prepare();
    finish.reject(new Error('no browser'));
    await expect(spare.take()).rejects.toThrow('no browser');
    spare.prepare();
    await expect(spare.close()).resolves.toBeUndefined();
  });
});
