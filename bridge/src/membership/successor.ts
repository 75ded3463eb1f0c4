import { z } from 'zod';
import { isOutOfSight, statePath } from '../appservice/index.ts';
import type { MatrixClient } from '../appservice/index.ts';
import type { Bots } from './rights.ts';

const createSchema = z.object({ predecessor: z.object({ room_id: z.string() }) });

export interface Upgrade {
  readonly from: string;
  readonly to: string;
}

/**
 * Does the new room itself say that it replaces the old one? A tombstone is only the word of whoever administers the old room,
 * who could name any room; the create event names the predecessor (spec: room upgrades) and nobody can change it.
 * @returns undefined where neither bot can read the new room
 */
export function createSucceeds({ client, watcherUserId, scribeUserId }: Bots & { readonly client: MatrixClient }) {
  return async ({ from, to }: Upgrade): Promise<boolean | undefined> => {
    const path = statePath(to, 'm.room.create');
    for (const asUser of [watcherUserId, scribeUserId]) {
      try {
        const create = createSchema.safeParse(await client.request('GET', path, { asUser }));
        return create.success && create.data.predecessor.room_id === from;
      } catch (error) {
        if (!isOutOfSight(error)) throw error;
      }
    }
    return undefined;
  };
}
