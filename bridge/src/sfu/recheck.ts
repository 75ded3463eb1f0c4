import type { Eviction } from './eviction.ts';
import type { IdentityDirectory, Person } from './people.ts';
import { personKey } from './people.ts';
import { createTurns } from './turns.ts';

/** Looks at somebody's membership because another member hints that it has ended, and puts them out if it has. */
export type Recheck = (person: Person) => Promise<void>;

/** However many hints come for a person, one look runs and one waits: each hint is followed by a look that began after it. */
export function createRecheck(identities: Pick<IdentityDirectory, 'of'>, eviction: Pick<Eviction, 'check'>): Recheck {
  const look = createTurns(async (key: string) => {
    const [roomId = '', userId = ''] = key.split('\0');
    // Nobody the bridge ever let in: nothing to look at, and the homeserver is not asked.
    if ((await identities.of(roomId, userId)).length > 0) await eviction.check({ roomId, userId }, 'hint');
  });
  return (person) => look(personKey(person));
}
