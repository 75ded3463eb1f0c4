import { ownsCallMemberKey } from '@palabre/protocol';
import * as z from 'zod/mini';

/** What the timeline shows of one call: from the first who came to the last who left. */
export interface PastCall {
  readonly startEventId: string;
  readonly startMs: number;
  readonly starterId: string;
  /** Undefined while somebody is still in, as far as the timeline tells. */
  readonly endMs: number | undefined;
  readonly peopleIds: readonly string[];
}

export interface HistoryEvent {
  readonly id: string;
  readonly type: 'call-member' | 'room-leave';
  readonly sender: string;
  /** Key of the membership, which begins with whose it is, or the person who is out of the room. */
  readonly stateKey: string;
  readonly sentMs: number;
  readonly content: unknown;
}

/** A state event, or a sticky one. */
const presentSchema = z.object({
  application: z.union([z.literal('m.call'), z.object({ type: z.literal('m.call') })]),
});

/** Reads calls out of a room's timeline, oldest first. `silentId` (the scribe) neither starts a call nor keeps it going. */
export function callHistoryOf(events: readonly HistoryEvent[], silentId: string): readonly PastCall[] {
  const calls: (PastCall & { people: Set<string> })[] = [];
  const inside = new Map<string, string>();
  for (const event of events) {
    if (event.type === 'room-leave') {
      for (const [key, userId] of inside) if (userId === event.stateKey) inside.delete(key);
    } else {
      if (event.sender === silentId || !ownsCallMemberKey(event.sender, event.stateKey)) continue;
      const last = calls.at(-1);
      if (presentSchema.safeParse(event.content).success) {
        if (inside.size === 0) {
          calls.push({
            startEventId: event.id,
            startMs: event.sentMs,
            starterId: event.sender,
            endMs: undefined,
            peopleIds: [],
            people: new Set([event.sender]),
          });
        } else last?.people.add(event.sender);
        inside.set(event.stateKey, event.sender);
      } else inside.delete(event.stateKey);
    }
    const current = calls.at(-1);
    if (inside.size === 0 && current?.endMs === undefined && current !== undefined) {
      calls[calls.length - 1] = { ...current, endMs: event.sentMs };
    }
  }
  return calls.map(({ people, ...call }) => ({ ...call, peopleIds: [...people] }));
}
