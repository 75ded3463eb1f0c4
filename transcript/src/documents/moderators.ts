import { moderatorLevel, powerOf } from '@palabre/protocol';
import * as z from 'zod/mini';

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

/**
 * Had this person a moderator's power in a room of this state?
 * @param answer of `GET /rooms/{id}/context/{event}` with no events around, or what is known of the state in the same form
 * @throws when it does not say
 */
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
