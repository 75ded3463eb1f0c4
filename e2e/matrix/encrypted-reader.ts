import { createClient, ClientEvent, SyncState } from 'matrix-js-sdk';
import type { MatrixClient as Sdk } from 'matrix-js-sdk';
import type { Logger } from 'matrix-js-sdk/lib/logger.js';
import { createMatrixClient } from './client.ts';
import { readFile } from './reader.ts';
import type { RoomReader } from './reader.ts';

/** js-sdk talks at length; a test's output is for the test. */
const quiet: Logger = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  getChild: () => quiet,
};

async function prepared(client: Sdk): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.on(ClientEvent.Sync, (state) => {
      if (state === SyncState.Prepared) resolve();
      else if (state === SyncState.Error) reject(new Error('the reader cannot sync'));
    });
  });
}

export interface ReaderAccount {
  readonly userId: string;
  readonly localpart: string;
  readonly password: string;
}

/**
 * A client of its own for a member of encrypted rooms: a fresh device, cross-signed by its owner, that gets room keys as any
 * other client does. It must be there before what it shall read is sent.
 */
export async function createEncryptedReader(baseUrl: string, who: ReaderAccount, roomId: string): Promise<RoomReader> {
  const response = await fetch(`${baseUrl}/_matrix/client/v3/login`, {
    method: 'POST',
    body: JSON.stringify({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: who.localpart },
      password: who.password,
    }),
  });
  const login = (await response.json()) as { access_token: string; device_id: string; user_id: string };
  const client = createClient({
    baseUrl,
    userId: login.user_id,
    deviceId: login.device_id,
    accessToken: login.access_token,
    disableVoip: true,
    logger: quiet,
  });
  await client.initRustCrypto({ useIndexedDB: false });
  const ready = prepared(client);
  await client.startClient({ initialSyncLimit: 50, lazyLoadMembers: false });
  await ready;
  const crypto = client.getCrypto();
  if (crypto === undefined) throw new Error('no crypto in the reader');
  await crypto.bootstrapCrossSigning({
    authUploadDeviceSigningKeys: async (send) => {
      await send({
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: who.localpart },
        password: who.password,
      });
    },
  });
  const matrix = createMatrixClient(baseUrl, {
    userId: login.user_id,
    accessToken: login.access_token,
    deviceId: login.device_id,
  });
  return {
    events: async () => {
      const room = client.getRoom(roomId);
      if (room === null) return [];
      const events = [...room.getLiveTimeline().getEvents(), ...room.getThreads().flatMap((thread) => thread.events)];
      const known = new Map(events.map((event) => [event.getId() ?? '', event]));
      const ordered = [...known.values()].sort((a, b) => a.getTs() - b.getTs());
      for (const event of ordered) await client.decryptEventIfNeeded(event);
      return ordered.map((event) => ({
        eventId: event.getId() ?? '',
        type: event.getType(),
        sender: event.getSender() ?? '',
        timeMs: event.getTs(),
        // Not getContent(): that shows an edited message in the place of the first one.
        content: event.getOriginalContent(),
        relation: event.getRelation() ?? undefined,
        encrypted: event.isEncrypted(),
      }));
    },
    file: (content) => readFile(matrix, content),
    close: async () => {
      client.stopClient();
      await client.logout(true);
    },
  };
}
