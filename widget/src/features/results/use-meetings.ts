import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { joinMeetings, keptIn, type Kept, type Meeting } from './meetings.ts';
import type { MeetingPage, RoomResults } from './room-results.ts';

export interface ListedMeeting extends Meeting {
  /** What there is of it; undefined while that is asked for, `failed` when it could not be. */
  readonly kept: Kept | 'failed' | undefined;
}

/**
 * What comes after the meetings that are listed. `unknown`: the bridge could not be asked, so that there may be others beyond the
 * messages that the messenger has loaded.
 */
export type Beyond = 'more' | 'loading' | 'failed' | 'nothing' | 'unknown';

export interface MeetingsList {
  /** Undefined while they are read. */
  readonly meetings: readonly ListedMeeting[] | undefined;
  readonly beyond: Beyond;
  /** Reads the next page. */
  readonly more: () => void;
}

/** Of so many of the loaded ones it is looked what was kept: each takes questions to the homeserver, one after the other. */
const MOST_LOADED = 30;

const listed = (meeting: Meeting): ListedMeeting => ({ ...meeting, kept: undefined });

/** What is told of a meeting, and what was kept of it. */
async function look(results: RoomResults, meeting: Meeting): Promise<ListedMeeting> {
  try {
    const told = meeting.block === undefined ? { ...meeting, ...(await results.told(meeting.rootId)) } : meeting;
    const { messages } = await results.thread(meeting.rootId);
    // Where nothing at all can be read, nobody knows that there is nothing.
    const kept = told.block === undefined && messages.length === 0 ? 'failed' : keptIn(messages);
    return { ...told, kept };
  } catch {
    return { ...meeting, kept: 'failed' };
  }
}

type Update = (change: (before: readonly ListedMeeting[] | undefined) => readonly ListedMeeting[]) => void;

/** Shows these, and then looks at one after the other. */
async function show(
  results: RoomResults,
  added: readonly Meeting[],
  update: Update,
  isLeft: () => boolean,
): Promise<void> {
  update((before = []) => joinMeetings(before, added.map(listed)));
  for (const meeting of added) {
    const seen = await look(results, meeting);
    if (isLeft()) return;
    update((before = []) => before.map((each) => (each.rootId === seen.rootId ? seen : each)));
  }
}

const after = (page: MeetingPage): Beyond => (page.nextMs === undefined ? 'nothing' : 'more');

/** @param onFailure when nothing can be read at all */
export function useMeetings(results: RoomResults, onFailure: () => void): MeetingsList {
  const [meetings, setMeetings] = useState<readonly ListedMeeting[]>();
  const [beyond, setBeyond] = useState<Beyond>('loading');
  const nextMs = useRef<number>(undefined);
  const left = useRef<AbortSignal>(undefined);
  const fail = useEffectEvent(onFailure);

  useEffect(() => {
    const leaving = new AbortController();
    left.current = leaving.signal;
    const isLeft = (): boolean => leaving.signal.aborted;
    const read = async (): Promise<void> => {
      const [loaded, page] = await Promise.all([results.loaded(), results.earlier().catch(() => undefined)]);
      if (isLeft()) return;
      nextMs.current = page?.nextMs;
      setBeyond(page === undefined ? 'unknown' : after(page));
      await show(
        results,
        joinMeetings(loaded.slice(0, MOST_LOADED), page?.meetings ?? []),
        (change) => setMeetings(change),
        isLeft,
      );
    };
    read().catch(() => {
      if (!isLeft()) fail();
    });
    return () => leaving.abort();
  }, [results]);

  const more = async (): Promise<void> => {
    const signal = left.current;
    const isLeft = (): boolean => signal?.aborted !== false;
    setBeyond('loading');
    try {
      const page = await results.earlier(nextMs.current);
      if (isLeft()) return;
      nextMs.current = page.nextMs;
      setBeyond(after(page));
      const known = new Set(meetings?.map(({ rootId }) => rootId));
      const added = page.meetings.filter(({ rootId }) => !known.has(rootId));
      await show(results, added, (change) => setMeetings(change), isLeft);
    } catch {
      if (!isLeft()) setBeyond('failed');
    }
  };
  return { meetings, beyond, more: () => void more() };
}
