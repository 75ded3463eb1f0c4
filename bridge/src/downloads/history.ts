import { z } from 'zod';
import { MatrixError, matrixPath, statePath, type MatrixClient } from '../appservice/index.ts';

/**
 * Who may read an event, once they are joined (spec: "Room History Visibility"). `everybody`: whoever joins, also later. Otherwise
 * those who were there when it was sent: joined or, where the room said `invited`, invited.
 */
export type Readers = 'everybody' | ReadonlySet<string>;

const visibilitySchema = z.object({
  // An unknown value shows least.
  history_visibility: z.enum(['world_readable', 'shared', 'invited', 'joined']).catch('joined'),
});
const contextSchema = z.object({
  state: z.array(z.object({ type: z.string(), state_key: z.string(), content: z.record(z.string(), z.unknown()) })),
});
/** The members of a large room take their time. */
const STATE_TIMEOUT_MS = 30_000;

const isOpen = (visibility: string): boolean => visibility === 'world_readable' || visibility === 'shared';

/** @param asUser one of ours that may see the event @throws when the homeserver does not say */
export async function readersOf(
  client: MatrixClient,
  { roomId, eventId }: { readonly roomId: string; readonly eventId: string },
  asUser: string,
): Promise<Readers> {
  const now = await client.request('GET', statePath(roomId, 'm.room.history_visibility'), { asUser }).then(
    (content) => visibilitySchema.parse(content).history_visibility,
    (error: unknown) => {
      // A room that does not say is `shared`.
      if (error instanceof MatrixError && error.status === 404) return 'shared';
      throw error;
    },
  );
  if (isOpen(now)) return 'everybody';
  const { state } = contextSchema.parse(
    await client.request('GET', matrixPath`/_matrix/client/v3/rooms/${roomId}/context/${eventId}`, {
      asUser,
      query: { limit: 0 },
      timeoutMs: STATE_TIMEOUT_MS,
    }),
  );
  const said = state.find(({ type, state_key: key }) => type === 'm.room.history_visibility' && key === '');
  const visibility = said === undefined ? 'shared' : visibilitySchema.parse(said.content).history_visibility;
  if (isOpen(visibility)) return 'everybody';
  const counts: readonly unknown[] = visibility === 'invited' ? ['join', 'invite'] : ['join'];
  const there = state.filter(({ type, content }) => type === 'm.room.member' && counts.includes(content['membership']));
  return new Set(there.map((member) => member.state_key));
}
