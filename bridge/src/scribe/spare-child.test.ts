import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { ScribeParent } from './contract.ts';
import { createFakeChildren, type FakeChildren } from './fake-child.ts';
import type { Methods } from './rpc.ts';
import { createSpareChild, type SpareChild } from './spare-child.ts';

const GIGABYTE = 1_000_000_000;
const RECORDER = { chromium: '/chromium', recorderUrl: 'https://widget.example/recorder.html' };
const LONG_MS = 10_000;

let freeBytes: number;
let children: FakeChildren;
let spare: SpareChild;

beforeEach(() => {
  jest.useFakeTimers();
  freeBytes = 4 * GIGABYTE;
  children = createFakeChildren(Date.now);
  spare = createSpareChild({
    startChild: children.start,
    recorder: RECORDER,
    now: Date.now,
    freeMemoryBytes: () => freeBytes,
  });
});
afterEach(() => {
  spare.close();
  jest.useRealTimers();
});

const parentOf = (name: string): Methods<ScribeParent> =>
  ({ grant: () => Promise.resolve({ url: name, jwt: '' }) }) as unknown as Methods<ScribeParent>;
const alive = () => children.all.map((child) => child.alive());

describe('a scribe process that waits', () => {
  test('is there before it is wanted, belongs to whoever takes it, and is not used twice', async () => {
    spare.expect(LONG_MS);
    spare.expect(LONG_MS);
    expect(alive()).toEqual([true]);
    const first = spare.start(parentOf('first'));
    expect(alive()).toEqual([true]);
    expect((await children.all[0]?.parent.grant('scribe'))?.url).toBe('first');
    const second = spare.start(parentOf('second'));
    expect(alive()).toEqual([true, true]);
    expect((await children.all[1]?.parent.grant('scribe'))?.url).toBe('second');
    expect(first).not.toBe(second);
    // What it was given stays what it has.
    expect((await children.all[0]?.parent.grant('scribe'))?.url).toBe('first');
  });

  test('has its browser up, where there is one', () => {
    spare.expect(LONG_MS);
    expect(children.all[0]?.hasBrowser()).toBe(true);
    createSpareChild({
      startChild: children.start,
      recorder: undefined,
      now: Date.now,
      freeMemoryBytes: () => freeBytes,
    }).expect(LONG_MS);
    expect(children.all[1]?.hasBrowser()).toBe(false);
  });

  test('can ask for nothing before it is taken', () => {
    spare.expect(LONG_MS);
    expect(Object.keys(children.all[0]?.parent ?? {})).toEqual([]);
  });

  test('is not ended by its own patience once it is taken', () => {
    spare.expect(LONG_MS);
    spare.start(parentOf('a run'));
    jest.advanceTimersByTime(10 * 60_000);
    spare.close();
    expect(alive()).toEqual([true]);
  });

  test('lasts as long as it is expected', async () => {
    for (let round = 0; round < 100; round += 1) {
      spare.expect(LONG_MS);
      jest.advanceTimersByTime(2_000);
    }
    expect(alive()).toEqual([true]);
    // A round of the patrol lasts so long where hundreds of people are asked about.
    await jest.advanceTimersByTimeAsync(25_000);
    expect(alive()).toEqual([true]);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(alive()).toEqual([false]);
  });

  test('gives its memory back when that runs low, and not before', async () => {
    spare.expect(LONG_MS);
    freeBytes = GIGABYTE;
    spare.expect(LONG_MS);
    expect(alive()).toEqual([true]);
    freeBytes = GIGABYTE / 2;
    spare.expect(LONG_MS);
    await jest.advanceTimersByTimeAsync(0);
    expect(alive()).toEqual([false]);
  });

  test.each([
    ['a call that has only begun', () => spare.expect(1_000)],
    [
      'a machine without memory to lend',
      () => {
        freeBytes = GIGABYTE;
        spare.expect(LONG_MS);
      },
    ],
  ])('is not started for %s', (_case, ask) => {
    ask();
    expect(children.all).toEqual([]);
    // Whoever needs one has one all the same.
    spare.start(parentOf('a run'));
    expect(alive()).toEqual([true]);
  });

  test('that has ended by itself is given to nobody, nor started again and again', async () => {
    spare.expect(LONG_MS);
    children.all[0]?.die();
    await jest.advanceTimersByTimeAsync(0);
    spare.expect(LONG_MS);
    expect(alive()).toEqual([false]);
    spare.start(parentOf('a run'));
    expect(alive()).toEqual([false, true]);
    jest.advanceTimersByTime(60_000);
    spare.expect(LONG_MS);
    expect(alive()).toEqual([false, true, true]);
  });

  test('that cannot be started is not tried at every turn', () => {
    let tries = 0;
    const broken = createSpareChild({
      startChild: () => {
        tries += 1;
        throw new Error('no process can be started');
      },
      recorder: RECORDER,
      now: Date.now,
      freeMemoryBytes: () => freeBytes,
    });
    expect(() => broken.expect(LONG_MS)).toThrow('no process');
    broken.expect(LONG_MS);
    expect(tries).toBe(1);
  });
});
