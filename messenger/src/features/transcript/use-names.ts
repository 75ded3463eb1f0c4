import { useCallback } from 'react';
import { localpart } from '../../matrix/people.ts';
import { useAppSelector } from '../../store/store.ts';

/** How people are called in a room. */
export function useNames(roomId: string): (userId: string) => string {
  const rows = useAppSelector((state) => state.rooms.members[roomId]?.rows);
  return useCallback((userId: string) => rows?.find((row) => row.userId === userId)?.name ?? localpart(userId), [rows]);
}
