import { expect, test } from '@jest/globals';
import { until } from './fake-call.ts';
import { createTurns } from './turns.ts';

test('looks at one room follow each other, and wishes meanwhile share one', async () => {
  const running: (() => void)[] = [];
  let begun = 0;
  const look = createTurns<number>(
    () =>
      new Promise((resolve) => {
        begun += 1;
        const number = begun;
        running.push(() => {
          resolve(number);
        });
      }),
  );
  const first = look('room');
  await until(() => begun === 1);
  const second = look('room');
  const third = look('room');
  const other = look('other');
  await until(() => begun === 2);
  running[1]?.();
  await expect(other).resolves.toBe(2);
  running[0]?.();
  await until(() => begun === 3);
  running[2]?.();
  await expect(Promise.all([first, second, third])).resolves.toEqual([1, 3, 3]);
});
