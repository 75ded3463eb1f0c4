import { ClientEvent, EventStatus, EventType, RoomEvent } from 'matrix-js-sdk';
import type { EventTimelineSet, MatrixClient, MatrixEvent, Room } from 'matrix-js-sdk';
import * as z from 'zod/mini';
import type { KeyValueStore } from './credentials.ts';

const keptSchema = z.array(
  z.object({
    txnId: z.string(),
    event: z.looseObject({ event_id: z.string(), room_id: z.string(), type: z.string() }),
  }),
);
type Kept = z.infer<typeof keptSchema>[number];

const keyOf = (userId: string): string => `palabre.unsent.${userId}`;

/** Forgets what one person has not been able to send. */
export function forgetUnsent(storage: KeyValueStore, userId: string): void {
  storage.removeItem(keyOf(userId));
}

export interface Unsent {
  /** Puts what an earlier page could not send back into its rooms, as not sent. To be called once the rooms are known. */
  restore(): Promise<void>;
}

/**
 * Keeps messages that are on their way, or were refused, until they are sent or given up; the SDK keeps them for the life of the
 * page. Of an encrypted room only ciphertext is kept. The same transaction id makes sending twice harmless.
 */
export function createUnsent(options: { readonly client: MatrixClient; readonly storage: KeyValueStore }): Unsent {
  const { client, storage } = options;
  const key = keyOf(client.getSafeUserId());
  let kept: readonly Kept[] = read(storage, key);

  const write = (): void => {
    try {
      if (kept.length === 0) storage.removeItem(key);
      else storage.setItem(key, JSON.stringify(kept));
    } catch (error) {
      // No room left in this browser: sending goes on, and the page still has them.
      console.error(error);
    }
  };

  const onEcho = (event: MatrixEvent, room: Room): void => {
    const txnId = event.getTxnId();
    if (txnId === undefined || event.getType() !== (EventType.RoomMessage as string)) return;
    const others = kept.filter((each) => each.txnId !== txnId);
    const known = others.length < kept.length;
    const settled =
      event.status === null || event.status === EventStatus.SENT || event.status === EventStatus.CANCELLED;
    const readable = room.hasEncryptionStateEvent() && !event.isEncrypted();
    if (settled || readable) {
      if (!known) return;
      kept = others;
    } else kept = [...others, ...keptSchema.parse([{ txnId, event: event.event }])];
    write();
  };

  /** As it was when it had just been encrypted. @returns undefined when it cannot be read */
  const rebuild = async ({ txnId, event: raw }: Kept): Promise<MatrixEvent | undefined> => {
    const mapper = client.getEventMapper({ decrypt: false });
    // The crypto library takes no local id for an event.
    const copy = mapper({ ...raw, event_id: `$${txnId}` });
    await client.decryptEventIfNeeded(copy);
    if (copy.isDecryptionFailure()) return undefined;
    const event = mapper({ ...raw, type: copy.getType(), content: copy.getContent() });
    if (copy.isEncrypted()) {
      const keys = [copy.getSenderKey() ?? '', copy.getClaimedEd25519Key() ?? ''] as const;
      event.makeEncrypted(copy.getWireType(), copy.getWireContent(), ...keys);
    }
    event.setTxnId(txnId);
    event.setStatus(EventStatus.NOT_SENT);
    return event;
  };

  /** @returns whether it is settled; what cannot be read yet stays kept */
  const restoreIn = async (room: Room, each: Kept): Promise<boolean> => {
    const { txnId } = each;
    const events = room.getLiveTimeline().getEvents();
    // It may have arrived all the same, and only the answer was lost.
    const arrived = events.some((event) => event.getUnsigned().transaction_id === txnId);
    if (!arrived) {
      const event = await rebuild(each);
      if (event !== undefined) room.addPendingEvent(event, txnId);
      return event !== undefined;
    }
    kept = kept.filter((other) => other.txnId !== txnId);
    write();
    return true;
  };

  // After a gap the SDK begins a new timeline and leaves what was not sent in the old one, where nobody sees it.
  const onReset = (room: Room | undefined, timelines: EventTimelineSet): void => {
    for (const { txnId, event: raw } of kept) {
      const event = raw.room_id === room?.roomId ? room.getEventForTxnId(txnId) : undefined;
      if (event === undefined) continue;
      timelines.removeEvent(raw.event_id);
      timelines.addEventToTimeline(event, timelines.getLiveTimeline(), { toStartOfTimeline: false, addToState: false });
    }
  };

  client.on(RoomEvent.LocalEchoUpdated, onEcho);
  client.on(RoomEvent.TimelineReset, onReset);
  return {
    restore: async () => {
      const waiting = new Set(kept);
      const look = async (): Promise<void> => {
        for (const each of [...waiting]) {
          const room = client.getRoom(each.event.room_id);
          // While it is looked at, it waits for nobody else.
          if (room === null || !waiting.delete(each)) continue;
          if (!(await restoreIn(room, each))) waiting.add(each);
        }
      };
      // Synapse answers a first sync from its cache: a young room comes with the next one. So may a key.
      client.on(ClientEvent.Sync, () => {
        look().catch(console.error);
      });
      await look();
    },
  };
}

function read(storage: KeyValueStore, key: string): readonly Kept[] {
  try {
    return keptSchema.parse(JSON.parse(storage.getItem(key) ?? '[]'));
  } catch {
    // Damaged: nothing can be made of it.
    storage.removeItem(key);
    return [];
  }
}
