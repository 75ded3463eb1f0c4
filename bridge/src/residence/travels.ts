import { serverOf } from '@palabre/protocol';
import type { DomainPolicy } from '../membership/index.ts';
import { createFairTurns } from '../rtc-auth/index.ts';

/** Joins and leaves over federation last as long as the other homeserver likes, on connections that all calls need. */
const AT_ONCE = 4;
/** Of one server's people: should it hang, the others go on. */
const AT_ONCE_EACH = 2;

/**
 * Goes where somebody asked a bot to go, when there is room for another such journey; not at all for people of servers that
 * policy does not admit. Our own people do not wait behind those of others, and those take turns by server.
 * @returns undefined where nothing was done
 */
export type Travel = <T>(sender: string, work: () => Promise<T>) => Promise<T | undefined>;

export function createTravel(policy: Pick<DomainPolicy, 'admits' | 'of'>): Travel {
  const own = createFairTurns(AT_ONCE, AT_ONCE);
  const others = createFairTurns(AT_ONCE, AT_ONCE_EACH);
  return async (sender, work) => {
    const server = serverOf(sender) ?? '';
    if (!policy.admits(server)) return undefined;
    return (policy.of(sender).class === 'own' ? own : others)({ server }, work);
  };
}
