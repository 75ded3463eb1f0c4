import type { WidgetApi } from 'matrix-widget-api';
import * as z from 'zod/mini';
import { roomEventSchema, type RoomEvent } from './room-state.ts';

/** What is said in the room beside its state: reactions and their redactions. */
export interface Timeline {
  /** Every event from now on that is no state. @returns a function that ends the subscription */
  onEvent(listener: (event: RoomEvent) => void): () => void;
  /** Reactions that stand on an event. Rejects where the messenger does not offer it (MSC3869). */
  reactionsTo(eventId: string): Promise<readonly RoomEvent[]>;
  /** @returns the id of the new event; rejects as the homeserver or the messenger refuses it */
  send(type: string, content: Readonly<Record<string, unknown>>): Promise<string>;
  redact(eventId: string): Promise<void>;
}

/** A membership bears a hand and a command or two; whoever heaps up more reactions hides nothing by it but their own. */
const MOST_REACTIONS = 100;
const relationsSchema = z.object({ chunk: z.array(z.unknown()) });

/** The timeline of `roomId`, and the way in for what the messenger says of it. */
export function createTimeline(
  api: WidgetApi,
  roomId: string,
): { readonly timeline: Timeline; readonly take: (raw: unknown) => void } {
  const listeners = new Set<(event: RoomEvent) => void>();
  const read = (raw: unknown): RoomEvent | undefined => {
    const parsed = roomEventSchema.safeParse(raw);
    if (!parsed.success || parsed.data.state_key !== undefined) return undefined;
    return parsed.data.room_id === undefined || parsed.data.room_id === roomId ? parsed.data : undefined;
  };
  return {
    take(raw) {
      const event = read(raw);
      if (event !== undefined) for (const listener of listeners) listener(event);
    },
    timeline: {
      onEvent(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      async reactionsTo(eventId) {
        const answer: unknown = await api.readEventRelations(
          eventId,
          roomId,
          'm.annotation',
          'm.reaction',
          MOST_REACTIONS,
        );
        return relationsSchema.parse(answer).chunk.flatMap((raw) => read(raw) ?? []);
      },
      async send(type, content) {
        const { event_id: eventId } = await api.sendRoomEvent(type, content, roomId);
        if (eventId === undefined) throw new Error('The messenger did not name the event it sent');
        return eventId;
      },
      async redact(eventId) {
        await api.sendRoomEvent('m.room.redaction', { redacts: eventId }, roomId);
      },
    },
  };
}
