import { expect, jest, test } from '@jest/globals';
import { takeTurn } from './turn.ts';

const never = (): void => {
  throw new Error('lost');
};

test('one page at a time; the next comes when the first has released it', async () => {
  const first = await takeTurn('one', false, never);
  expect(await takeTurn('one', false, never)).toBeUndefined();
  first?.release();
  // Waits until it is free.
  await navigator.locks.request('one', () => undefined);
  const second = await takeTurn('one', false, never);
  expect(second).toBeDefined();
  second?.release();
});

test('whoever loses it to another page is told; whoever released it is not', async () => {
  const lost = jest.fn();
  await takeTurn('two', false, lost);
  const thief = await takeTurn('two', true, never);
  expect(lost).toHaveBeenCalledTimes(1);
  thief?.release();
  (await takeTurn('two', true, never))?.release();
});

test('a browser without locks is a failure, not an endless wait', async () => {
  const request = jest.spyOn(navigator.locks, 'request').mockRejectedValue(new Error('no'));
  const lost = jest.fn();
  await expect(takeTurn('three', false, lost)).rejects.toThrow('no');
  expect(lost).not.toHaveBeenCalled();
  request.mockRestore();
});
