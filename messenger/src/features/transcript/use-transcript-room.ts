import { mayCorrect } from '@palabre/protocol';
import type { TranscriptRoom } from '@palabre/transcript';
import { useMemo } from 'react';
import { useAccount } from '../../app/context.ts';
import { localpart } from '../../matrix/people.ts';
import type { MemberRow, TimelineItem } from '../../store/model.ts';
import { useAppSelector } from '../../store/store.ts';
import { useWasModerator } from './use-was-moderator.ts';

const NOBODY: readonly MemberRow[] = [];
const NOTHING: readonly TimelineItem[] = [];
const NONE: TranscriptRoom['deleted'] = [];

/** The room of a transcript as this account sees it. @param rootId its thread, where corrections go */
export function useTranscriptRoom(roomId: string, rootId: string): TranscriptRoom {
  const { actions } = useAccount();
  const wasModerator = useWasModerator(roomId);
  const rows = useAppSelector((state) => state.rooms.members[roomId]?.rows) ?? NOBODY;
  const items = useAppSelector((state) => state.rooms.timelines[roomId]?.items) ?? NOTHING;
  /** The room's timeline may not hold it. */
  const rootOfThread = useAppSelector((state) => state.rooms.threads[rootId]?.root);
  const maySend = useAppSelector((state) => state.rooms.timelines[roomId]?.canSend === true);
  const me = useAppSelector((state) => state.session.me?.userId);
  return useMemo(() => {
    const mine = rows.find((row) => row.me);
    const isModerator = mine !== undefined && mine.role !== 'member';
    const root = rootOfThread ?? items.find(({ id }) => id === rootId);
    return {
      deleted: (root?.kind === 'message' ? root.deleted : undefined) ?? NONE,
      nameOf: (userId) => rows.find((row) => row.userId === userId)?.name ?? localpart(userId),
      people: rows.filter(({ bot }) => bot === undefined).map(({ name }) => name),
      // Shown where this client has it, so to those who may read it.
      writtenIn: (eventId) => {
        const item = items.find(({ id }) => id === eventId);
        return item?.kind === 'message' && item.block === undefined && item.body !== '' ? item.body : undefined;
      },
      mayCorrect: (line) => maySend && me !== undefined && mayCorrect({ userId: me, isModerator }, line),
      correct: (correction, words) => actions.correct(roomId, rootId, correction, words),
      wasModerator,
    };
  }, [actions, items, maySend, me, roomId, rootId, rootOfThread, rows, wasModerator]);
}
