import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { waitForAdmission } from './admission.ts';
import { CallProblem } from './problem.ts';
import type { Tokens } from './tokens.ts';

const transport = { type: 'livekit' as const, livekit_service_url: 'https://sfu/livekit/jwt' };

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Somebody at a door that gives these answers one after the other, each after `heldMs`. */
function stand(answers: readonly (CallProblem | 'token')[], { heldMs = 0, mustWait = false } = {}) {
  const askedMs: number[] = [];
  const beganMs = Date.now();
  const left = [...answers];
  const tokens = {
    get: async () => {
      askedMs.push(Date.now() - beganMs);
      await new Promise((resolve) => setTimeout(resolve, heldMs));
      const answer = left.shift();
      if (answer !== 'token') throw answer ?? new Error('asked too often');
    },
  } as unknown as Tokens;
  const waits: boolean[] = [];
  const leaving = new AbortController();
  const done = waitForAdmission(tokens, transport, leaving.signal, mustWait, (alone) => waits.push(alone)).then(
    () => 'in',
    (error: unknown) => error,
  );
  return { askedMs, waits, leaving, done };
}
const waiting = new CallProblem('waiting');
const unreachable = new CallProblem('service_unreachable', { transient: true });

test('whoever may come in goes in', async () => {
  const { done, waits } = stand(['token']);
  await jest.advanceTimersByTimeAsync(0);
  expect([await done, waits]).toEqual(['in', []]);
});

test('a door that answers at once is not asked in a loop, one that takes its time at once again', async () => {
  const quick = stand([waiting, new CallProblem('waiting_alone'), 'token']);
  await jest.advanceTimersByTimeAsync(20_000);
  expect([await quick.done, quick.askedMs, quick.waits]).toEqual(['in', [0, 8_000, 16_000], [false, true]]);
  const slow = stand([waiting, waiting, 'token'], { heldMs: 20_000 });
  await jest.advanceTimersByTimeAsync(61_000);
  expect([await slow.done, slow.askedMs.map((ms) => Math.round(ms / 1000))]).toEqual(['in', [0, 20, 40]]);
});

test('a pause that the door asks for is kept', async () => {
  const { done, askedMs } = stand([new CallProblem('waiting', { retryAfterMs: 30_000 }), 'token']);
  await jest.advanceTimersByTimeAsync(60_000);
  expect([await done, askedMs]).toEqual(['in', [0, 30_000]]);
});

test('a door that fails is left to the connection, unless one knows that one must wait', async () => {
  const first = stand([unreachable]);
  await jest.advanceTimersByTimeAsync(0);
  expect(await first.done).toBe('in');
  const later = stand([waiting, unreachable, 'token']);
  await jest.advanceTimersByTimeAsync(20_000);
  expect([await later.done, later.askedMs.length]).toEqual(['in', 3]);
  // The messenger has no network, and says no to everything.
  const told = stand([new CallProblem('identity_refused'), 'token'], { mustWait: true });
  await jest.advanceTimersByTimeAsync(20_000);
  expect([await told.done, told.askedMs.length]).toEqual(['in', 2]);
});

test('a no is a no; whoever leaves asks no more', async () => {
  const no = new CallProblem('turned_away');
  const refused = stand([waiting, no]);
  await jest.advanceTimersByTimeAsync(20_000);
  expect(await refused.done).toBe(no);
  const left = stand([waiting, waiting]);
  await jest.advanceTimersByTimeAsync(1_000);
  left.leaving.abort(new Error('left'));
  await jest.advanceTimersByTimeAsync(60_000);
  expect([await left.done, left.askedMs]).toEqual([new Error('left'), [0]]);
});
