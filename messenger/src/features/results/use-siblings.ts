import type { Thread, TimelineItem } from '../../store/model.ts';
import { useAppSelector } from '../../store/store.ts';

const NONE: readonly TimelineItem[] = [];

/** The thread in which an item stands, where it is open. */
export function threadHolding(threads: Readonly<Record<string, Thread>>, itemId: string): Thread | undefined {
  return Object.values(threads).find((thread) => thread.items.some((item) => item.id === itemId));
}

/** The messages of the thread in which an item stands. */
export function useSiblings(itemId: string): readonly TimelineItem[] {
  return useAppSelector((state) => threadHolding(state.rooms.threads, itemId)?.items ?? NONE);
}
