/** Something slow to open that is opened before it is needed. Whoever needs one finds it there, or has a new one opened. */
export interface Spare<T> {
  /**
   * Begins to open one; whether that worked shows when it is taken.
   * @param keptForMs it is closed if nobody has taken it by then; undefined: it waits
   */
  prepare(keptForMs?: number): void;
  /** From now on it belongs to the caller. */
  take(): Promise<T>;
  /** What was prepared and not taken is closed, as soon as it is open. */
  close(): Promise<void>;
}

export function createSpare<T extends { close(): Promise<void> }>(open: () => Promise<T>): Spare<T> {
  let prepared: Promise<T> | undefined;
  let impatience: NodeJS.Timeout | undefined;
  const remove = (): Promise<T> | undefined => {
    clearTimeout(impatience);
    const removed = prepared;
    prepared = undefined;
    return removed;
  };
  const close = async (): Promise<void> => {
    await remove()?.then(
      (one) => one.close(),
      () => undefined,
    );
  };
  return {
    prepare: (keptForMs) => {
      if (prepared === undefined) {
        prepared = open();
        prepared.catch(() => undefined);
      }
      clearTimeout(impatience);
      if (keptForMs === undefined) return;
      impatience = setTimeout(() => void close(), keptForMs);
      impatience.unref();
    },
    // What could not be prepared is tried again.
    take: () => remove()?.catch(open) ?? open(),
    close,
  };
}
