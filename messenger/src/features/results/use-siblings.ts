import type { TimelineItem } from '../../store/model.ts';
import { useAppSelector } from '../../store/store.ts';

const NONE: readonly TimelineItem[] = [];

/** The messages of the thread in which an item stands. */
export function useSiblings(itemId: string): readonly TimelineItem[] {
  return useAppSelector(
    (state) =>
      Object.values(state.rooms.threads).find((thread) => thread.items.some((item) => item.id === itemId))?.items ??
      NONE,
  );
}
