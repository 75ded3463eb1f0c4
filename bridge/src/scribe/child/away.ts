import { RoomEvent, type Room } from '@livekit/rtc-node';

/** Follows whether a connection to an SFU gives what it gave before it was interrupted. */
export interface AwayWatch {
  /** The connection is interrupted, or is back and people are not heard yet who were. */
  isAway(): boolean;
}

/** Who is not heard by then has left, or is missing for another reason. */
const RETURN_MS = 20_000;

/**
 * @param heard identities of those whose sound arrives, or would if they were not muted
 * @param isExpected is this identity still in the call?
 */
export function watchAway(
  room: Pick<Room, 'on'>,
  heard: () => ReadonlySet<string>,
  isExpected: (identity: string) => boolean,
  now: () => number = Date.now,
): AwayWatch {
  /** Who was heard before. */
  let before: ReadonlySet<string> | undefined;
  let backMs: number | undefined;
  room.on(RoomEvent.Reconnecting, () => {
    before ??= heard();
    backMs = undefined;
  });
  room.on(RoomEvent.Reconnected, () => {
    backMs = now();
  });
  return {
    isAway: () => {
      if (before === undefined) return false;
      if (backMs === undefined) return true;
      const back = heard();
      const isWhole = [...before].every((identity) => back.has(identity) || !isExpected(identity));
      if (isWhole || now() - backMs >= RETURN_MS) before = backMs = undefined;
      return before !== undefined;
    },
  };
}
