import { serverOf } from '@palabre/protocol';
import { z } from 'zod';
import type { RoomEvent } from '../appservice/index.ts';
import { textsFor } from '../publishing/index.ts';
import type { ResidenceDeps } from './index.ts';
import { isFinal, stayOf } from './stay.ts';

const tombstoneSchema = z.object({ replacement_room: z.string().regex(/^![!-~]{1,254}$/) });
const createSchema = z.object({ predecessor: z.object({ room_id: z.string() }) });

/**
 * The watcher goes with a room that is upgraded: at once where the successor is open to it, otherwise when it is invited there,
 * as clients do with all members. It stays in the old room, whose call may still be going on.
 */
export function followUpgrades({ inbox, client, watcherUserId, language, log }: ResidenceDeps): void {
  const stay = stayOf(client, watcherUserId);
  const { wrongSuccessor } = textsFor(language).reasons;

  async function follow({ room_id: oldRoom, sender }: RoomEvent, successor: string): Promise<void> {
    // The scribe may be in rooms without the watcher.
    if ((await stay.state(oldRoom, 'm.room.create')) === undefined) return;
    await stay.join(successor, serverOf(sender));
    const create = createSchema.safeParse(await stay.state(successor, 'm.room.create'));
    // Otherwise whoever administers one room could send the watcher into any other.
    if (create.success && create.data.predecessor.room_id === oldRoom) {
      log.logger.info({ room: log.hash(successor) }, 'the watcher followed a room that was upgraded');
      return;
    }
    await stay.leave(successor, wrongSuccessor);
  }

  inbox.onRoomEvent({
    wants: ({ type, state_key: key }) => type === 'm.room.tombstone' && key === '',
    async handle(event) {
      const tombstone = tombstoneSchema.safeParse(event.content);
      if (!tombstone.success) return;
      try {
        await follow(event, tombstone.data.replacement_room);
      } catch (error) {
        if (!isFinal(error)) throw error;
        log.logger.info({ room: log.hash(event.room_id) }, 'the watcher waits to be invited to an upgraded room');
      }
    },
  });
}
