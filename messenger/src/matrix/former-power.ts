import { isModeratorIn } from '@palabre/transcript/documents';
import { Method } from 'matrix-js-sdk';
import type { MatrixClient } from 'matrix-js-sdk';

/** What people might do in a room at a former time. */
export interface FormerPower {
  /**
   * Did this person have a moderator's power when the event was sent? As our own homeserver has the state of the room at that
   * event, so that a promotion or its end changes nothing of what was before.
   * @throws when the homeserver does not say
   */
  wasModerator(roomId: string, eventId: string, userId: string): Promise<boolean>;
}

const TIMEOUT_MS = 15_000;
/** Of the state of a room, these may be thousands of events. */
const FILTER = JSON.stringify({ lazy_load_members: true, types: ['m.room.create', 'm.room.power_levels'] });

/** Answers are kept: what was does not change. One question at a time. */
export function createFormerPower(client: MatrixClient): FormerPower {
  const known = new Map<string, Promise<boolean>>();
  let turn: Promise<unknown> = Promise.resolve();

  const ask = async (roomId: string, eventId: string, userId: string): Promise<boolean> => {
    const path = `/rooms/${encodeURIComponent(roomId)}/context/${encodeURIComponent(eventId)}`;
    const query = { limit: '0', filter: FILTER };
    return isModeratorIn(
      await client.http.authedRequest(Method.Get, path, query, undefined, { localTimeoutMs: TIMEOUT_MS }),
      userId,
    );
  };

  return {
    wasModerator: (roomId, eventId, userId) => {
      const key = `${roomId} ${eventId} ${userId}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const answer = turn.then(() => ask(roomId, eventId, userId));
      turn = answer.catch(() => undefined);
      known.set(key, answer);
      answer.catch(() => known.delete(key));
      return answer;
    },
  };
}
