import type { ThreadMessage } from '@palabre/transcript/documents';
import { useEffect, useState } from 'react';
import type { RoomResults, Thread } from './room-results.ts';

const join = (before: readonly ThreadMessage[], more: readonly ThreadMessage[]): readonly ThreadMessage[] => {
  const known = new Set(before.map(({ id }) => id));
  return [...before, ...more.filter(({ id }) => !known.has(id))];
};

/** Results and corrections of a meeting, and what is added while one looks. */
export function useThread(
  results: RoomResults,
  rootId: string,
): { readonly thread: Thread | undefined; readonly failed: boolean; readonly again: () => void } {
  const [thread, setThread] = useState<Thread>();
  const [failed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let gone = false;
    // What comes while the past is read stands behind it.
    let early: readonly ThreadMessage[] | undefined = [];
    const unfollow = results.follow(rootId, (message) => {
      if (early !== undefined) early = [...early, message];
      else setThread((now) => (now === undefined ? now : { ...now, messages: join(now.messages, [message]) }));
    });
    results.thread(rootId).then(
      (read) => {
        if (gone) return;
        setThread({ ...read, messages: join(read.messages, early ?? []) });
        early = undefined;
      },
      () => {
        if (!gone) setFailed(true);
      },
    );
    return () => {
      gone = true;
      unfollow();
    };
  }, [results, rootId, attempt]);
  return {
    thread,
    failed,
    again: () => {
      setFailed(false);
      setAttempt(attempt + 1);
    },
  };
}
