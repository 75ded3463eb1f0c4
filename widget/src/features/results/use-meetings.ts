import { useEffect, useEffectEvent, useState } from 'react';
import { keptIn, type Kept, type Meeting } from './meetings.ts';
import type { RoomResults } from './room-results.ts';

export interface ListedMeeting extends Meeting {
  /** What there is of it; undefined while that is asked for, `failed` when it could not be. */
  readonly kept: Kept | 'failed' | undefined;
}

/** Of so many it is looked what was kept: each takes a question to the homeserver, one after the other. */
const MOST_LISTED = 30;

/** @returns undefined while they are read @param onFailure must not change while the page is open */
export function useMeetings(results: RoomResults, onFailure: () => void): readonly ListedMeeting[] | undefined {
  const [meetings, setMeetings] = useState<readonly ListedMeeting[]>();
  const fail = useEffectEvent(onFailure);
  useEffect(() => {
    const left = new AbortController();
    const isLeft = (): boolean => left.signal.aborted;
    const note = (rootId: string, kept: Kept | 'failed'): void =>
      setMeetings((listed) => listed?.map((each) => (each.rootId === rootId ? { ...each, kept } : each)));
    const read = async (): Promise<void> => {
      const found = (await results.meetings()).slice(0, MOST_LISTED);
      if (isLeft()) return;
      setMeetings(found.map((meeting) => ({ ...meeting, kept: undefined })));
      for (const { rootId } of found) {
        const kept = await results.thread(rootId).then(
          ({ messages }) => keptIn(messages),
          () => 'failed' as const,
        );
        if (isLeft()) return;
        note(rootId, kept);
      }
    };
    read().catch(() => {
      if (!isLeft()) fail();
    });
    return () => left.abort();
  }, [results]);
  return meetings;
}
