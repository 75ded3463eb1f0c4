const nothing = () => undefined;

/**
 * Runs `work` for each key one at a time, so that what was seen earlier is never told later. Wishes that come while one is
 * waiting for its turn share that one: it begins after they were made.
 */
export function createTurns<T>(work: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const last = new Map<string, Promise<undefined>>();
  const waiting = new Map<string, Promise<T>>();
  return (key) => {
    const shared = waiting.get(key);
    if (shared !== undefined) return shared;
    const turn = (last.get(key) ?? Promise.resolve(undefined)).then(() => {
      waiting.delete(key);
      return work(key);
    });
    waiting.set(key, turn);
    const settled = turn.then(nothing, nothing).then(() => {
      if (last.get(key) === settled) last.delete(key);
      return undefined;
    });
    last.set(key, settled);
    return turn;
  };
}
