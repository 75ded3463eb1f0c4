import { expect, test } from '@jest/globals';
import { createAdmission, type Machine } from './admission.ts';

const GB = 1_000_000_000;
function machine(over: Partial<Machine> = {}): Machine {
  return {
    cores: 2,
    freeMemoryBytes: () => 8 * GB,
    freeDiskBytes: () => Promise.resolve(100 * GB),
    mostInMemoryBytes: 0.5 * GB,
    ...over,
  };
}

test('as many as the processors can draw, or as configured; a place that is given back is free, once', async () => {
  const admission = createAdmission({ atOnce: undefined }, machine());
  const places = await Promise.all(Array.from({ length: 6 }, () => admission.enter(true)));
  expect(places.map((place) => place !== undefined)).toEqual([true, true, true, true, false, false]);
  places[0]?.();
  places[0]?.();
  expect(await admission.enter(true)).toBeDefined();
  expect(await admission.enter(true)).toBeUndefined();
  const one = createAdmission({ atOnce: 1 }, machine({ cores: 64 }));
  const taken = one.take();
  expect(await one.enter(true)).toBeUndefined();
  taken();
  expect(await one.enter(true)).toBeDefined();
  expect(await one.enter(false)).toBeUndefined();
});

test('a small machine takes one', async () => {
  const admission = createAdmission({ atOnce: undefined }, machine({ cores: 0.25 }));
  expect(await admission.enter(true)).toBeDefined();
});

test('without memory or disk there is no place, and none is taken; sound alone needs less', async () => {
  let memory = 0.3 * GB;
  let disk = 100 * GB;
  const admission = createAdmission(
    { atOnce: 1 },
    machine({ freeMemoryBytes: () => memory, freeDiskBytes: () => Promise.resolve(disk) }),
  );
  expect(await admission.enter(true)).toBeUndefined();
  (await admission.enter(false))?.();
  memory = 8 * GB;
  disk = 1 * GB;
  expect(await admission.enter(true)).toBeUndefined();
  disk = 100 * GB;
  expect(await admission.enter(true)).toBeDefined();
});

test('a disk that cannot be measured is an error, and takes no place', async () => {
  let broken = true;
  const freeDiskBytes = () => (broken ? Promise.reject(new Error('gone')) : Promise.resolve(100 * GB));
  const admission = createAdmission({ atOnce: 1 }, machine({ freeDiskBytes }));
  await expect(admission.enter(true)).rejects.toThrow('gone');
  broken = false;
  expect(await admission.enter(true)).toBeDefined();
});

test('what may be put together in memory only needs enough of it; sound alone needs less', async () => {
  const admission = createAdmission({ atOnce: undefined }, machine({ mostInMemoryBytes: 0.05 * GB }));
  expect(await admission.enter(true, true)).toBeUndefined();
  expect(await admission.enter(true, false)).toBeDefined();
  expect(await admission.enter(false, true)).toBeDefined();
  expect(await createAdmission({ atOnce: 1 }, machine()).enter(true, true)).toBeDefined();
});
