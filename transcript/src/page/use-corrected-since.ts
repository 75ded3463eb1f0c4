import type { MinutesBlock } from '@palabre/protocol';
import { useMemo } from 'react';
import { partsOf, transcriptEventIds, type ThreadItem } from '../documents/index.ts';
import type { WasModerator } from './surroundings.ts';
import { useCorrections } from './use-corrections.ts';

/**
 * Has the transcript of these minutes been corrected after they were posted?
 * @param wasModerator must stay the same function while its answers do
 * @param items the messages of the minutes' thread
 */
export function useCorrectedSince(
  wasModerator: WasModerator,
  items: readonly ThreadItem[],
  block: MinutesBlock,
  postedMs: number,
): boolean {
  const eventIds = useMemo(() => transcriptEventIds(items, block), [items, block]);
  const lines = useMemo(() => partsOf(items, block).flatMap((part) => part.block.lines ?? []), [items, block]);
  const corrected = useCorrections(wasModerator, items, eventIds, lines).lines;
  return corrected.some(({ texts, names }) =>
    [...texts, ...names].some(({ sentMs }) => sentMs !== undefined && sentMs > postedMs),
  );
}
