import { serverOf } from '@palabre/protocol';
import { z } from 'zod';
import { isRefusal } from '../appservice/index.ts';
import type { RoomEvent } from '../appservice/index.ts';
import { textsFor } from '../publishing/index.ts';
import type { ResidenceDeps } from './index.ts';
import { stayOf } from './stay.ts';
import type { Travel } from './travels.ts';

/** Tchap's kind of room (room-access-rules): `direct` rooms hold two people and nobody else. */
const ACCESS_RULES_EVENT = 'im.vector.room.access_rules';

const inviteSchema = z.object({ membership: z.literal('invite'), is_direct: z.boolean().optional().catch(undefined) });
const accessRulesSchema = z.object({ rule: z.literal('direct') });

/**
 * The watcher follows invitations into rooms. Into direct messages neither bot goes (shared/design.md 5): a bot in a
 * conversation of two would be a third listener. The invitation is declined with a reason, which the room shows.
 * Invitations of people whose server policy does not admit stay unanswered.
 */
export function followInvitations(deps: ResidenceDeps, travel: Travel): void {
  const { inbox, client, watcherUserId, scribeUserId, directRooms, log } = deps;
  const { declinesDirect } = textsFor(deps.language).reasons;

  async function answer({ room_id: roomId, sender, state_key: bot = '' }: RoomEvent, direct: boolean): Promise<void> {
    const stay = stayOf(client, bot);
    const decline = async (): Promise<void> => {
      await directRooms.add(roomId);
      await stay.leave(roomId, declinesDirect);
      log.logger.info({ room: log.hash(roomId) }, 'a bot was asked into a direct message and declined');
    };
    if (direct) {
      await decline();
      return;
    }
    // The scribe comes when it is needed, and finds its invitation then.
    if (bot !== watcherUserId) return;
    await stay.join(roomId, { via: serverOf(sender) });
    log.logger.info({ room: log.hash(roomId) }, 'the watcher followed an invitation');
    if (accessRulesSchema.safeParse(await stay.state(roomId, ACCESS_RULES_EVENT)).success) await decline();
  }

  inbox.onRoomEvent({
    wants: ({ type, state_key: key }) => type === 'm.room.member' && (key === watcherUserId || key === scribeUserId),
    async handle(event) {
      const invite = inviteSchema.safeParse(event.content);
      if (!invite.success) return;
      try {
        await travel(event.sender, () => answer(event, invite.data.is_direct === true));
      } catch (error) {
        // Withdrawn meanwhile, or the room is closed to us: nobody is waiting for an answer.
        if (!isRefusal(error)) throw error;
        log.logger.warn({ err: error, room: log.hash(event.room_id) }, 'an invitation could not be answered');
      }
    },
  });
}
