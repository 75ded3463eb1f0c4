import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Egress } from '../egress/index.ts';
import { createEgressRecorder } from './egress-recorder.ts';
import { createSealer, newMeetingKey } from './sealing.ts';

const options = { layout: 'speaker', captions: false, height: 720 } as const;
const facts = {
  id: 'run',
  roomId: '!room:hs',
  meetingId: 'meeting',
  meetingStartedMs: 0,
  livekitRoom: 'lk',
  encrypted: false,
  sealer: createSealer(newMeetingKey()),
};

let nowMs: number;
let everybody: boolean;
let encrypted: () => Promise<boolean | undefined>;
/** What happens while Egress is asked how it is. */
let whileLooking: () => void;
let order: string[];
let alive: number[];
let lost: number;
let goOn: (() => void) | undefined;
let aborting: AbortController;
beforeEach(() => {
  nowMs = 1_000;
  everybody = true;
  encrypted = () => Promise.resolve(false);
  whileLooking = () => undefined;
  order = [];
  alive = [];
  lost = 0;
  aborting = new AbortController();
});

const egress: Egress = {
  start: () => {
    order.push('asked');
    return Promise.resolve(nowMs);
  },
  isRecorder: () => true,
  look: () => {
    whileLooking();
    return Promise.resolve('active');
  },
  stop: () => Promise.resolve(void order.push('stopped')),
  stopThose: () => Promise.resolve(),
  settle: () => Promise.resolve(),
  news: (_, signal) =>
    new Promise((resolve, reject) => {
      goOn = resolve;
      signal.addEventListener('abort', () => reject(new Error('ended')));
    }),
  read: () => Promise.resolve(undefined),
};
const create = () => {
  const recorder = createEgressRecorder(
    {
      egress,
      store: { addEgress: () => Promise.resolve(void order.push('written down')) },
      partners: () => [],
      isEncrypted: () => encrypted(),
      now: () => nowMs,
    },
    facts,
    { signal: aborting.signal, complain: () => undefined, insist: (_, work) => work() },
    {
      keepsEverybody: () => everybody,
      onAlive: (_, untilMs) => void alive.push(untilMs),
      onLost: () => (lost += 1),
    },
  );
  if (recorder === undefined) throw new Error('Egress is set up');
  return recorder;
};
/** Everything that was begun has come to its end or waits. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('Egress is asked once it is written down that it is', async () => {
  await create().start('segment', 'job', options);
  expect(order).toEqual(['written down', 'asked']);
});

describe('what it recorded counts', () => {
  test('up to the last time when it was right to, asked before it was looked at', async () => {
    whileLooking = () => (nowMs += 3_000);
    await create().start('segment', 'job', options);
    await settled();
    nowMs = 9_000;
    goOn?.();
    await settled();
    expect(alive).toEqual([1_000, 9_000]);
  });

  test('up to its end, where it was right until then', async () => {
    const recorder = await create().start('segment', 'job', options);
    await settled();
    nowMs = 5_000;
    expect(await recorder.stop()).toMatchObject({ stoppedMs: 5_000 });
  });

  test.each([
    ['people are asked', () => (everybody = false)],
    ['the room is encrypted', () => (encrypted = () => Promise.resolve(true))],
    ['nobody knows whether it is', () => (encrypted = () => Promise.reject(new Error('away')))],
  ])('no further when it ends as %s', async (_, change) => {
    const recorder = await create().start('segment', 'job', options);
    await settled();
    nowMs = 5_000;
    change();
    expect(await recorder.stop()).toMatchObject({ stoppedMs: 1_000 });
    expect(order.at(-1)).toBe('stopped');
  });
});

test('people who are asked while it is not known whether the room is encrypted are not recorded', async () => {
  const answer = Promise.withResolvers<boolean>();
  encrypted = () => answer.promise;
  const takes = create().takes(options);
  everybody = false;
  answer.resolve(false);
  expect(await takes).toBe(false);
});

test('it is told once that it may not go on', async () => {
  const recorder = create();
  await recorder.start('segment', 'job', options);
  await settled();
  everybody = false;
  recorder.check();
  recorder.check();
  await settled();
  expect([lost, order]).toEqual([1, ['written down', 'asked', 'stopped']]);
});
