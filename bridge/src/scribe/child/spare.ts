/** Something slow to open that is opened before it is needed. Whoever needs one finds it there, or has a new one opened. */
export interface Spare<T> {
  /** Begins to open one; whether that worked shows when it is taken. */
  prepare(): void;
  /** From now on it belongs to the caller. */
  take(): Promise<T>;
  /** What was prepared and not taken is closed, as soon as it is open. */
  close(): Promise<void>;
}

export function createSpare<T extends { close(): Promise<void> }>(open: () => Promise<T>): Spare<T> {
  let prepared: Promise<T> | undefined;
  const remove = (): Promise<T> | undefined => {
    const removed = prepared;
    prepared = undefined;
    return removed;
  };
  return {
    prepare: () => {
      if (prepared !== undefined) return;
      prepared = open();
      prepared.catch(() => undefined);
    },
    take: () => remove() ?? open(),
    close: async () => {
      await remove()?.then(
        (one) => one.close(),
        () => undefined,
      );
    },
  };
}
