import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { createVisits } from './visits.ts';

interface Opening {
  readonly key: string;
  readonly lost: () => void;
  readonly succeed: () => void;
  readonly fail: () => void;
  state: 'opening' | 'open' | 'closing' | 'closed';
  readonly closed: () => void;
}

/** Places that open and close when told to. */
function world(): { readonly openings: Opening[]; readonly visits: ReturnType<typeof createVisits<Opening>> } {
  const openings: Opening[] = [];
  const visits = createVisits<Opening>({
    open: (key, lost) => {
      const { promise, resolve, reject } = Promise.withResolvers<Opening>();
      const { promise: gone, resolve: goneNow } = Promise.withResolvers<undefined>();
      const opening: Opening & { readonly gone: Promise<undefined> } = {
        key,
        lost,
        state: 'opening',
        succeed: () => {
          opening.state = 'open';
          resolve(opening);
        },
        fail: () => {
          opening.state = 'closed';
          reject(new Error('no'));
        },
        closed: () => {
          opening.state = 'closed';
          goneNow(undefined);
        },
        gone,
      };
      openings.push(opening);
      return promise;
    },
    close: (opening) => {
      opening.state = 'closing';
      return (opening as Opening & { readonly gone: Promise<undefined> }).gone;
    },
    onFailure: () => undefined,
    pausesMs: [100, 200, 400],
    wellAfterMs: 10_000,
  });
  return { openings, visits };
}

const settle = () => jest.advanceTimersByTimeAsync(0);
const A = new Set(['a']);
const NONE = new Set<string>();

describe('visits', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test('one lost while it is being opened is closed and opened again', async () => {
    const { openings, visits } = world();
    visits.want(A);
    openings[0]?.lost();
    openings[0]?.succeed();
    await settle();
    expect(openings[0]?.state).toBe('closing');
    expect(visits.open()).toEqual([]);
    openings[0]?.closed();
    await jest.advanceTimersByTimeAsync(100);
    openings[1]?.succeed();
    await settle();
    expect(visits.get('a')).toBe(openings[1]);
  });

  test('the end of an earlier one is not the end of its successor, which waits for it', async () => {
    const { openings, visits } = world();
    visits.want(A);
    openings[0]?.succeed();
    await settle();
    visits.want(NONE);
    visits.want(A);
    await settle();
    expect(openings).toHaveLength(1);
    openings[0]?.lost();
    openings[0]?.closed();
    await settle();
    openings[1]?.succeed();
    await settle();
    openings[0]?.lost();
    await settle();
    expect(visits.get('a')).toBe(openings[1]);
  });

  test('a place that lets in and throws out is visited ever less often; after a good stay at once', async () => {
    const { openings, visits } = world();
    visits.want(A);
    const pauses: number[] = [];
    for (const stayMs of [0, 0, 0, 20_000, 0]) {
      const opening = openings.at(-1);
      opening?.succeed();
      await jest.advanceTimersByTimeAsync(stayMs);
      opening?.lost();
      opening?.closed();
      const [count, beganMs] = [openings.length, Date.now()];
      while (openings.length === count) await jest.advanceTimersByTimeAsync(10);
      pauses.push(Date.now() - beganMs);
    }
    expect(pauses).toEqual([100, 200, 400, 100, 200]);
  });

  test('whatever happens, there is one of each key at most, and in the end exactly what is wanted', async () => {
    const step = fc.oneof(
      fc.constant({ kind: 'want' as const, keys: NONE }),
      fc.subarray(['a', 'b']).map((keys) => ({ kind: 'want' as const, keys: new Set(keys) })),
      fc.record({ kind: fc.constantFrom('succeed', 'fail', 'lost', 'closed'), which: fc.nat(5) }),
      fc.record({ kind: fc.constant('pause' as const), ms: fc.nat(500) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { openings, visits } = world();
        const act = (opening: Opening | undefined, kind: string): void => {
          if (opening === undefined) return;
          if (kind === 'succeed' && opening.state === 'opening') opening.succeed();
          if (kind === 'fail' && opening.state === 'opening') opening.fail();
          if (kind === 'closed' && opening.state === 'closing') opening.closed();
          if (kind === 'lost') opening.lost();
        };
        for (const one of steps) {
          if ('keys' in one) visits.want(one.keys);
          else if ('which' in one) act(openings.at(-1 - one.which), one.kind);
          else await jest.advanceTimersByTimeAsync(one.ms);
          await settle();
          for (const key of ['a', 'b'])
            expect(openings.filter((o) => o.key === key && o.state !== 'closed').length).toBeLessThanOrEqual(1);
        }
        visits.want(A);
        for (let round = 0; round < 5; round += 1) {
          for (const opening of openings) {
            act(opening, 'closed');
            act(opening, 'succeed');
          }
          await jest.advanceTimersByTimeAsync(400);
        }
        expect(visits.open().map(({ key }) => key)).toEqual(['a']);
      }),
      { numRuns: 200 },
    );
  });
});
