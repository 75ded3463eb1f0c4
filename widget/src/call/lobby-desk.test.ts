import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { LobbyList } from '@palabre/protocol';
import { ApiError } from './api.ts';
import { createLobbyDesk } from './lobby-desk.ts';

const bob = { user_id: '@bob:y', name: 'Bob', since_ms: 5 };
const carol = { user_id: '@carol:y', name: 'Carol', since_ms: 6 };

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function open() {
  const bridge = {
    lobby: (): Promise<LobbyList> => Promise.resolve({ people: [bob, carol] }),
    decide: (): Promise<void> => Promise.resolve(),
  };
  const asked: string[] = [];
  const desk = createLobbyDesk(
    {
      lobby: () => {
        asked.push('lobby');
        return bridge.lobby();
      },
      decide: (userIds, decision) => {
        asked.push(`${decision} ${userIds.join()}`);
        return bridge.decide();
      },
    },
    () => undefined,
  );
  const names = () => desk.state().people.map(({ name }) => name);
  return { bridge, asked, desk, names };
}

test('names are fetched when the count changes, by those who may let people in', async () => {
  const { asked, desk, names } = open();
  desk.follow({ count: 2, changed_ms: 1 }, false);
  await jest.advanceTimersByTimeAsync(0);
  expect([desk.state().count, names(), asked]).toEqual([2, [], []]);
  desk.follow({ count: 2, changed_ms: 1 }, true);
  desk.follow({ count: 2, changed_ms: 1 }, true);
  await jest.advanceTimersByTimeAsync(0);
  expect([names(), asked]).toEqual([['Bob', 'Carol'], ['lobby']]);
  desk.follow({ count: 2, changed_ms: 2 }, true);
  await jest.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(2);
  desk.follow({ count: 2, changed_ms: 2 }, false);
  expect(names()).toEqual([]);
  desk.follow(undefined, true);
  expect([desk.state().count, asked.length]).toEqual([0, 2]);
});

test('a list that could not be had is asked for again, until nobody waits', async () => {
  const { bridge, asked, desk, names } = open();
  bridge.lobby = () => Promise.reject(new ApiError('NETWORK'));
  desk.follow({ count: 1, changed_ms: 1 }, true);
  await jest.advanceTimersByTimeAsync(10_000);
  expect([names(), asked.length]).toEqual([[], 3]);
  desk.follow({ count: 0, changed_ms: 2 }, true);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(3);
});

test('an old answer does not bring back who is gone', async () => {
  const { bridge, desk, names } = open();
  let answer: (list: LobbyList) => void = () => undefined;
  bridge.lobby = () => new Promise((resolve) => (answer = resolve));
  desk.follow({ count: 1, changed_ms: 1 }, true);
  desk.follow({ count: 0, changed_ms: 2 }, true);
  answer({ people: [bob] });
  await jest.advanceTimersByTimeAsync(0);
  expect(names()).toEqual([]);
});

test('whoever was decided about leaves the list; a refusal keeps them and is said', async () => {
  const { bridge, asked, desk, names } = open();
  desk.follow({ count: 2, changed_ms: 1 }, true);
  await jest.advanceTimersByTimeAsync(0);
  const deciding = desk.decide(['@bob:y'], 'admit');
  expect(desk.state().deciding).toEqual(['@bob:y']);
  await deciding;
  expect([names(), desk.state().deciding, asked.at(-1)]).toEqual([['Carol'], [], 'admit @bob:y']);
  bridge.decide = () => Promise.reject(new ApiError('M_FORBIDDEN'));
  await desk.decide(['@carol:y'], 'turn_away');
  expect([names(), desk.state().failure]).toEqual([['Carol'], 'M_FORBIDDEN']);
  desk.dismissFailure();
  expect(desk.state().failure).toBeUndefined();
  desk.close();
  expect(desk.state()).toEqual({ count: 0, people: [], deciding: [], failure: undefined });
});
