import { serverOf } from '@palabre/protocol';
import { isRefusal } from '../appservice/index.ts';
import type { RoomEvent } from '../appservice/index.ts';
import { successorNamedBy } from '../membership/index.ts';
import { textsFor } from '../publishing/index.ts';
import type { ResidenceDeps } from './index.ts';
import { stayOf } from './stay.ts';
import type { Travel } from './travels.ts';

/**
 * The watcher goes with a room that is upgraded: at once where the successor is open to it, otherwise when it is invited there,
 * as clients do with all members. It stays in the old room, whose call may still be going on.
 */
export function followUpgrades(deps: ResidenceDeps, travel: Travel): void {
  const { inbox, client, watcherUserId, membership, language, log } = deps;
  const stay = stayOf(client, watcherUserId);
  const { followsUpgrade, wrongSuccessor } = textsFor(language).reasons;

  async function follow({ room_id: oldRoom, sender }: RoomEvent, successor: string): Promise<void> {
    // The scribe may be in rooms without the watcher.
    if ((await stay.state(oldRoom, 'm.room.create')) === undefined) return;
    const reason = followsUpgrade(oldRoom);
    if (!(await membership.watcherJoined(successor))) await stay.join(successor, { via: serverOf(sender), reason });
    // It has its own reasons to be there: a tombstone must not make it leave. Where this very one has brought it there, by a join
    // that outlived our patience or a process that ended, what follows is still to be done.
    else if ((await stay.reason(successor)) !== reason) return;
    // Otherwise whoever administers one room could send the watcher into any other.
    if ((await membership.succeeds({ from: oldRoom, to: successor })) === true) {
      log.logger.info({ room: log.hash(successor) }, 'the watcher followed a room that was upgraded');
      return;
    }
    await stay.leave(successor, wrongSuccessor);
  }

  inbox.onRoomEvent({
    wants: ({ type, state_key: key }) => type === 'm.room.tombstone' && key === '',
    async handle(event) {
      const successor = successorNamedBy(event.content);
      if (successor === undefined) return;
      try {
        await travel(event.sender, () => follow(event, successor));
      } catch (error) {
        if (!isRefusal(error)) throw error;
        log.logger.info({ room: log.hash(event.room_id) }, 'the watcher waits to be invited to an upgraded room');
      }
    },
  });
}
