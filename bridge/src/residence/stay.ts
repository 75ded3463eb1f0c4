import { z } from 'zod';
import { isOutOfSight, matrixPath, statePath } from '../appservice/index.ts';
import type { MatrixClient } from '../appservice/index.ts';

/** Joining a room of another server can take long. Nothing is tried again here: the inbox does that, and lets others go first. */
const JOIN_TIMEOUT_MS = 60_000;

const memberSchema = z.object({ reason: z.string().optional().catch(undefined) });

export interface Coming {
  /** A server to ask for rooms that ours is not in yet. */
  readonly via?: string | undefined;
  /** Shown in the room, in its language. */
  readonly reason?: string;
}

/** One bot's coming, going and looking around, as everybody in the room sees it. */
export interface Stay {
  join(roomId: string, coming: Coming): Promise<void>;
  /** @param reason shown in the room, in its language */
  leave(roomId: string, reason: string): Promise<void>;
  /** The one that was given for its present membership. */
  reason(roomId: string): Promise<string | undefined>;
  /** Content of a state event, or the whole event. @returns undefined where there is none or the bot is not in the room */
  state(roomId: string, type: string, format?: 'event'): Promise<unknown>;
  setState(roomId: string, type: string, content: Record<string, unknown>): Promise<void>;
}

export function stayOf(client: MatrixClient, asUser: string): Stay {
  return {
    join: async (roomId, { via, reason }) => {
      await client.request('POST', matrixPath`/_matrix/client/v3/join/${roomId}`, {
        asUser,
        body: reason === undefined ? {} : { reason },
        query: { via },
        timeoutMs: JOIN_TIMEOUT_MS,
      });
    },
    leave: async (roomId, reason) => {
      await client.request('POST', matrixPath`/_matrix/client/v3/rooms/${roomId}/leave`, {
        asUser,
        body: { reason },
        timeoutMs: JOIN_TIMEOUT_MS,
      });
    },
    reason: async (roomId) =>
      memberSchema.parse(await client.request('GET', statePath(roomId, 'm.room.member', asUser), { asUser })).reason,
    state: async (roomId, type, format) => {
      try {
        return await client.request('GET', statePath(roomId, type), { asUser, query: { format } });
      } catch (error) {
        if (isOutOfSight(error)) return undefined;
        throw error;
      }
    },
    setState: async (roomId, type, content) => {
      await client.request('PUT', statePath(roomId, type), { asUser, body: content });
    },
  };
}
