import type { MinutesMode } from '@palabre/protocol';
import * as z from 'zod';
import { isOutOfSight, statePath, type MatrixClient } from '../appservice/index.ts';
import type { MinutesStore } from './store.ts';

const createSchema = z.object({ predecessor: z.object({ room_id: z.string() }) });

/** So many upgrades are followed back; who sets up a room may name any other. */
const MOST_UPGRADES = 10;

/**
 * What becomes of the minutes of a room. An upgraded room goes on as its predecessor did, until its moderators decide: what they
 * wanted to see first must not be posted unseen. It is taken at the word of its create event: a room that names a wrong
 * predecessor gets nothing but its setting.
 */
export function createModes(
  client: MatrixClient,
  store: MinutesStore,
  scribeUserId: string,
): (roomId: string) => Promise<MinutesMode> {
  const predecessorOf = async (roomId: string): Promise<string | undefined> => {
    for (const reader of [{}, { asUser: scribeUserId }]) {
      try {
        const create = await client.request('GET', statePath(roomId, 'm.room.create'), reader);
        return createSchema.safeParse(create).data?.predecessor.room_id;
      } catch (error) {
        if (!isOutOfSight(error)) throw error;
      }
    }
    return undefined;
  };
  return async (roomId) => {
    let place: string | undefined = roomId;
    for (let upgrades = 0; place !== undefined && upgrades <= MOST_UPGRADES; upgrades += 1) {
      const mode = await store.mode(place);
      if (mode !== undefined) {
        // Nobody of ours may be in the former rooms for ever.
        if (place !== roomId) await store.inheritMode(roomId, place);
        return mode;
      }
      place = await predecessorOf(place);
    }
    return 'post';
  };
}
