import { moderatorLevel, powerOf } from '@palabre/protocol';
import { Method } from 'matrix-js-sdk';
import type { MatrixClient } from 'matrix-js-sdk';
import * as z from 'zod/mini';

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

const answerSchema = z.object({
  // The state is that after the last event of the answer: with others behind it, it would be that of a later time.
  events_after: z.optional(z.array(z.unknown()).check(z.maxLength(0))),
  state: z.array(
    z.object({
      type: z.string(),
      state_key: z.optional(z.string()),
      sender: z.string(),
      content: z.record(z.string(), z.unknown()),
    }),
  ),
});
const createSchema = z.object({
  room_version: z.optional(z.string()),
  creator: z.optional(z.string()),
  additional_creators: z.optional(z.array(z.string())),
});
const usersSchema = z.record(z.string(), z.unknown());

/** @param answer of `GET /rooms/{id}/context/{event}` with no events around */
export function isModeratorIn(answer: unknown, userId: string): boolean {
  const { state } = answerSchema.parse(answer);
  const find = (type: string) => state.find((event) => event.type === type && (event.state_key ?? '') === '');
  const create = find('m.room.create');
  if (create === undefined) throw new Error('The homeserver did not say who made the room');
  const levels = find('m.room.power_levels');
  const powers =
    levels === undefined ? undefined : { ...levels.content, users: usersSchema.parse(levels.content['users'] ?? {}) };
  const { room_version: version, creator, additional_creators: others } = createSchema.parse(create.content);
  const content = {
    ...(version === undefined ? {} : { room_version: version }),
    ...(creator === undefined ? {} : { creator }),
    ...(others === undefined ? {} : { additional_creators: others }),
  };
  return powerOf({ sender: create.sender, content }, powers, userId) >= moderatorLevel(powers);
}

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
