import { expect, test } from '@jest/globals';
import { createTransports } from './transports.ts';

test('asks once, again after a while, and again after a failure', async () => {
  let time = 0;
  let asked = 0;
  let broken = true;
  const transports = createTransports(
    () => {
      asked += 1;
      return broken ? Promise.reject(new Error('no')) : Promise.resolve([{ type: 'livekit', n: asked }]);
    },
    () => time,
  );
  await expect(transports.get()).rejects.toThrow('no');
  broken = false;
  expect(await transports.get()).toEqual([{ type: 'livekit', n: 2 }]);
  expect(await transports.get()).toEqual([{ type: 'livekit', n: 2 }]);
  time += 11 * 60 * 1000;
  expect(await transports.get()).toEqual([{ type: 'livekit', n: 3 }]);
});
