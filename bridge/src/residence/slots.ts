/** Does the work when its turn has come. */
export type Slots = <T>(work: () => Promise<T>) => Promise<T>;

/** No more than so many at work at the same time; the others wait in order. */
export function createSlots(atOnce: number): Slots {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
