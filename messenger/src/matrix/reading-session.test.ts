import { expect, jest, test } from '@jest/globals';
import type { MatrixClient } from 'matrix-js-sdk';
import { openReadingSession } from './reading-session.ts';

test('a session of a room, asked by way of our own homeserver; what it says is checked', async () => {
  const session = { token: 't', expires_in_ms: 3_600_000, api_url: 'https://api.x' };
  const authedRequest = jest.fn<(...request: unknown[]) => Promise<unknown>>().mockResolvedValue(session);
  const client = { http: { authedRequest } } as unknown as MatrixClient;
  await expect(openReadingSession(client, { roomId: '!room:x', server: 'y' })).resolves.toEqual(session);
  expect(authedRequest).toHaveBeenCalledWith(
    'POST',
    '/unstable/app.palabre/rtc/livekit/reading_session',
    undefined,
    { room_id: '!room:x', server_name: 'y' },
    expect.objectContaining({ prefix: '/_matrix/client' }),
  );
  authedRequest.mockResolvedValue({ token: 't' });
  await expect(openReadingSession(client, { roomId: '!room:x', server: 'y' })).rejects.toThrow();
});
