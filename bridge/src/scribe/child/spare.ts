/** Something slow to open that is opened before it is needed. Whoever needs one finds it there, or has a new one opened. */
export interface Spare<T> {
  /** Begins to open one; whether that worked shows when it is taken. */
  prepare(): void;
  /** From now on it belongs to the caller. */
  take(): Promise<T>;
  /** What was prepared and not taken is closed, as soon as it is open. */
  close(): Promise<void>;
}

/** What nobody has taken by then is closed: it was expected in vain, and holds memory. */
const KEPT_FOR_MS = 60_000;

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
    prepare: () => {
      if (prepared !== undefined) return;
      prepared = open();
      prepared.catch(() => undefined);
      impatience = setTimeout(() => void close(), KEPT_FOR_MS);
      impatience.unref();
    },
    take: () => remove() ?? open(),
    close,
  };
}
