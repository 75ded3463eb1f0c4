import { createMatrixClient } from './client.ts';
import { crossSign, signInDevice } from './device.ts';
import type { ReaderAccount } from './device.ts';
import { readFile } from './reader.ts';
import type { RoomReader } from './reader.ts';

/**
 * A client of its own for a member of encrypted rooms: a fresh device, cross-signed by its owner, that gets room keys as any
 * other client does. It must be there before what it shall read is sent.
 */
export async function createEncryptedReader(baseUrl: string, who: ReaderAccount, roomId: string): Promise<RoomReader> {
  const { client, crypto, account } = await signInDevice(baseUrl, who);
  await crossSign(crypto, who);
  const matrix = createMatrixClient(baseUrl, account);
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
