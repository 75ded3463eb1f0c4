import { mayCorrect } from '@palabre/protocol';
import type { TranscriptLine } from '@palabre/protocol';
import { useCallback } from 'react';
import { useAppSelector } from '../../store/store.ts';

/** What this person may correct now. Readers decide for themselves: here it only says what is worth offering. */
export function useMayCorrect(roomId: string): (line: TranscriptLine) => boolean {
  const me = useAppSelector((state) => state.session.me?.userId);
  const isModerator = useAppSelector((state) => {
    const mine = state.rooms.members[roomId]?.rows.find((row) => row.me);
    return mine !== undefined && mine.role !== 'member';
  });
  const maySend = useAppSelector((state) => state.rooms.timelines[roomId]?.canSend === true);
  return useCallback(
    (line: TranscriptLine) => maySend && me !== undefined && mayCorrect({ userId: me, isModerator }, line),
    [maySend, me, isModerator],
  );
}
