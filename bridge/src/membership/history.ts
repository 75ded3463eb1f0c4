import { z } from 'zod';
import { matrixPath, type MatrixClient } from '../appservice/index.ts';

/**
 * Who may read an event, once they are joined (spec: "Room History Visibility"). `everybody`: whoever joins, also later. Otherwise
 * those who were there when it was sent: joined or, where the room said `invited`, invited. Nobody, once it was redacted.
 */
export type Readers = 'everybody' | ReadonlySet<string>;

const visibilitySchema = z.object({
  // An unknown value shows least.
  history_visibility: z.enum(['world_readable', 'shared', 'invited', 'joined']).catch('joined'),
});
const contextSchema = z.object({
  event: z.object({ unsigned: z.object({ redacted_because: z.unknown().optional() }).optional() }),
  state: z.array(z.object({ type: z.string(), state_key: z.string(), content: z.record(z.string(), z.unknown()) })),
});
/** The members of a large room take their time. */
const STATE_TIMEOUT_MS = 30_000;

/**
 * Asked of the state of the room as it was at the event, whatever has changed since.
 * @param asUser one of ours that may see the event @throws when the homeserver does not say
 */
export async function readersOf(
  client: MatrixClient,
  { roomId, eventId }: { readonly roomId: string; readonly eventId: string },
  asUser: string,
): Promise<Readers> {
  const look = async (filter?: object) =>
    contextSchema.parse(
      await client.request('GET', matrixPath`/_matrix/client/v3/rooms/${roomId}/context/${eventId}`, {
        asUser,
        query: { limit: 0, ...(filter === undefined ? {} : { filter: JSON.stringify(filter) }) },
        timeoutMs: STATE_TIMEOUT_MS,
      }),
    );
  // Most rooms show their history to every member: for those, members are not asked for.
  const { event, state } = await look({ lazy_load_members: true });
  if (event.unsigned?.redacted_because !== undefined) return new Set();
  const said = state.find(({ type, state_key: key }) => type === 'm.room.history_visibility' && key === '');
  // A room that does not say is `shared`.
  const visibility = said === undefined ? 'shared' : visibilitySchema.parse(said.content).history_visibility;
  if (visibility === 'world_readable' || visibility === 'shared') return 'everybody';
  const counts: readonly unknown[] = visibility === 'invited' ? ['join', 'invite'] : ['join'];
  const there = (await look()).state.filter(
    ({ type, content }) => type === 'm.room.member' && counts.includes(content['membership']),
  );
  return new Set(there.map((member) => member.state_key));
}
