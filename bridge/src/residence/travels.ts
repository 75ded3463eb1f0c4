import { serverOf } from '@palabre/protocol';
import type { DomainPolicy } from '../membership/index.ts';
import { createSlots } from './slots.ts';

/** Joins and leaves over federation last as long as the other homeserver likes, on connections that all calls need. */
const AT_ONCE = 4;

/**
 * Goes where somebody asked a bot to go, when there is room for another such journey; not at all for people of servers that
 * policy does not admit. Our own people do not wait behind those of others.
 * @returns undefined where nothing was done
 */
export type Travel = <T>(sender: string, work: () => Promise<T>) => Promise<T | undefined>;

export function createTravel(policy: Pick<DomainPolicy, 'admits' | 'of'>): Travel {
  const own = createSlots(AT_ONCE);
  const others = createSlots(AT_ONCE);
  return async (sender, work) => {
    if (!policy.admits(serverOf(sender) ?? '')) return undefined;
    return (policy.of(sender).class === 'own' ? own : others)(work);
  };
}
