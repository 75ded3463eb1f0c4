import { READING_SESSION_PATH, readingSessionSchema, type ReadingSession } from '@palabre/protocol';
import type { KeptSource } from '@palabre/transcript/documents';
import { Method } from 'matrix-js-sdk';
import type { MatrixClient } from 'matrix-js-sdk';

const TIMEOUT_MS = 30_000;

/** A session that may read what the bridge of a server keeps of a room, by way of our homeserver. @throws when either refuses */
export async function openReadingSession(
  client: MatrixClient,
  { roomId, server }: Pick<KeptSource, 'roomId' | 'server'>,
): Promise<ReadingSession> {
  const answer = await client.http.authedRequest<unknown>(
    Method.Post,
    `/${READING_SESSION_PATH}`,
    undefined,
    { room_id: roomId, server_name: server },
    { prefix: '/_matrix/client', localTimeoutMs: TIMEOUT_MS },
  );
  return readingSessionSchema.parse(answer);
}
