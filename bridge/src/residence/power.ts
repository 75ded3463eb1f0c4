import { administratorLevel, powerOf, privilegedCreators } from '@palabre/protocol';
import { z } from 'zod';
import { isRefusal } from '../appservice/index.ts';
import { createEventSchema } from '../membership/index.ts';
import { textsFor } from '../publishing/index.ts';
import type { ResidenceDeps } from './index.ts';
import { stayOf } from './stay.ts';

const powerLevelsSchema = z.looseObject({
  users: z.record(z.string(), z.unknown()).exactOptional(),
  events: z.record(z.string(), z.unknown()).exactOptional(),
});

/**
 * A bot that administers a room would one day be the only one who does, and no person could mend the room any more. So what
 * makes it an administrator is given back at once; power that only moderates is kept. Where power cannot be given back, as
 * that of a creator in room version 12, the bot leaves.
 */
export function renouncePower({ inbox, client, watcherUserId, scribeUserId, language, log }: ResidenceDeps): void {
  const bots = [watcherUserId, scribeUserId];
  const { refusesPower } = textsFor(language).reasons;

  async function renounce(roomId: string, bot: string): Promise<void> {
    const stay = stayOf(client, bot);
    const create = createEventSchema.safeParse(await stay.state(roomId, 'm.room.create', 'event'));
    if (!create.success) return; // It is not in the room.
    const levels = powerLevelsSchema.safeParse(await stay.state(roomId, 'm.room.power_levels'));
    const isCreator = privilegedCreators(create.data).includes(bot);
    if (!isCreator && (!levels.success || powerOf(create.data, levels.data, bot) < administratorLevel(levels.data)))
      return;
    try {
      if (isCreator || !levels.success) throw new Error('the power of creators cannot be given back');
      // Named, not removed: who is not named has the default, which may be an administrator's as well.
      await stay.setState(roomId, 'm.room.power_levels', { ...levels.data, users: { ...levels.data.users, [bot]: 0 } });
      log.logger.info({ room: log.hash(roomId) }, 'a bot gave back the power of an administrator');
    } catch (error) {
      if (!isCreator && !isRefusal(error)) throw error;
      await stay.leave(roomId, refusesPower);
      log.logger.info({ room: log.hash(roomId) }, 'a bot left a room that it would have administered');
    }
  }

  inbox.onRoomEvent({
    wants: ({ type, state_key: key, content }) =>
      type === 'm.room.power_levels' ||
      (type === 'm.room.member' && bots.includes(key ?? '') && content['membership'] === 'join'),
    async handle({ type, room_id: roomId, state_key: key = '' }) {
      for (const bot of type === 'm.room.member' ? [key] : bots) await renounce(roomId, bot);
    },
  });
}
