/** Tells of changes in rooms, and again what could not be told. */
export interface Telling {
  readonly changed: (roomId: string) => void;
  /** Tells the rooms whose last telling failed, and no others. */
  readonly again: () => void;
}

/** @param tell says how a room stands now; of one room never twice at the same time */
export function createTelling(tell: (roomId: string) => Promise<unknown>, complain: (error: unknown) => void): Telling {
  const untold = new Set<string>();
  const changed = (roomId: string): void => {
    tell(roomId).then(
      () => untold.delete(roomId),
      (error: unknown) => {
        untold.add(roomId);
        complain(error);
      },
    );
  };
  return {
    changed,
    again() {
      for (const roomId of untold) changed(roomId);
    },
  };
}
