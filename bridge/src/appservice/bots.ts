import { z } from 'zod';
import type { Log } from '../operations/index.ts';
import type { Inbox } from './inbox.ts';
import { MatrixError, matrixPath } from './matrix-client.ts';
import type { MatrixClient } from './matrix-client.ts';

export interface Bot {
  readonly userId: string;
  readonly displayName: string;
}

const registerSchema = z.object({ user_id: z.string() });
const profileSchema = z.object({ displayname: z.string().optional() });

/** Makes sure that a bot's account exists and bears its name. It gets no device and no token of its own. */
export async function registerBot(client: MatrixClient, { userId, displayName }: Bot): Promise<void> {
  const username = userId.slice(1, userId.indexOf(':'));
  try {
    registerSchema.parse(
      await client.request('POST', '/_matrix/client/v3/register', {
        body: { type: 'm.login.application_service', username, inhibit_login: true },
        retries: 3,
      }),
    );
  } catch (error) {
    if (!(error instanceof MatrixError && error.errcode === 'M_USER_IN_USE')) throw error;
  }
  const path = matrixPath`/_matrix/client/v3/profile/${userId}/displayname`;
  const profile = profileSchema.safeParse(await client.request('GET', path));
  if (profile.success && profile.data.displayname === displayName) return;
  await client.request('PUT', path, { asUser: userId, body: { displayname: displayName } });
}

const inviteSchema = z.object({ membership: z.literal('invite'), is_direct: z.boolean().optional().catch(undefined) });

/**
 * The watcher follows invitations into rooms, never into direct messages (shared/design.md 5): a bot in a conversation
 * of two would be a third listener.
 */
export function followInvitations(inbox: Inbox, client: MatrixClient, watcherUserId: string, log: Log): void {
  inbox.onRoomEvent({
    wants: (event) => event.type === 'm.room.member' && event.state_key === watcherUserId,
    async handle(event) {
      const invite = inviteSchema.safeParse(event.content);
      if (!invite.success) return;
      const refuse = invite.data.is_direct === true;
      const verb = refuse ? 'leave' : 'join';
      try {
        await client.request('POST', `${matrixPath`/_matrix/client/v3/rooms/${event.room_id}`}/${verb}`, {
          body: {},
          // Joining a room of another server can take long.
          timeoutMs: 60_000,
          retries: 3,
        });
        log.logger.info({ room: log.hash(event.room_id), refused: refuse }, 'the watcher answered an invitation');
      } catch (error) {
        // Withdrawn meanwhile, or the room is closed to us: nobody is waiting for an answer.
        if (error instanceof MatrixError && error.status < 500 && error.status !== 429) {
          log.logger.warn({ err: error, room: log.hash(event.room_id) }, 'an invitation could not be answered');
          return;
        }
        throw error;
      }
    },
  });
}

/**
 * Asks the homeserver to send now what it holds back (synapse.md 2): after an outage it would wait for up to 8.5 minutes.
 * @param appserviceId the `id` of the registration
 */
export async function pingHomeserver(client: MatrixClient, appserviceId: string): Promise<void> {
  await client.request('POST', matrixPath`/_matrix/client/v1/appservice/${appserviceId}/ping`, {
    body: { transaction_id: `start-${Date.now()}` },
    retries: 3,
  });
}
