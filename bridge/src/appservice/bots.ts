import { z } from 'zod';
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
