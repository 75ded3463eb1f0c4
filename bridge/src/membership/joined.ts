import { setTimeout as sleep } from 'node:timers/promises';
import { PalabreError, serverOf } from '@palabre/protocol';
import { z } from 'zod';
import { MatrixError, matrixPath } from '../appservice/index.ts';
import type { MatrixClient } from '../appservice/index.ts';
import type { Metrics } from '../operations/index.ts';

const joinedSchema = z.object({ joined: z.boolean() });
const memberSchema = z.object({ membership: z.string() });

/** A join on another server reaches ours a moment later. */
const FEDERATION_LAG_MS = 2_000;
/** Between Synapse workers. */
const LOCAL_LAG_MS = 150;
const POLL_MS = 150;
const TIMEOUT_MS = 5_000;

/** The homeserver gave no usable answer: nobody is let in on a guess. */
export function unanswered(cause: unknown): PalabreError {
  return new PalabreError(
    'PALABRE_UPSTREAM_UNAVAILABLE',
    'The homeserver could not confirm that you are in this room. Try again in a moment',
    { cause },
  );
}

export interface JoinedDeps {
  readonly client: MatrixClient;
  readonly serverName: string;
  readonly metrics: Metrics;
  readonly now: () => number;
}

export type IsJoined = (roomId: string, userId: string) => Promise<boolean>;

/** The two ways to ask whether somebody is joined: now, and with patience for a join that is on its way. */
export function createJoined({ client, serverName, metrics, now }: JoinedDeps) {
  /** MSC4502 is missing at this homeserver (flag off, or another product): ask as the watcher instead. */
  async function asWatcher(roomId: string, userId: string): Promise<boolean> {
    try {
      const state = await client.request(
        'GET',
        matrixPath`/_matrix/client/v3/rooms/${roomId}/state/m.room.member/${userId}`,
        {
          timeoutMs: TIMEOUT_MS,
        },
      );
      return memberSchema.parse(state).membership === 'join';
    } catch (error) {
      if (error instanceof MatrixError && (error.status === 403 || error.status === 404)) return false;
      throw error;
    }
  }

  async function ask(roomId: string, userId: string): Promise<boolean> {
    const path = matrixPath`/_matrix/client/unstable/io.element.msc4502/rooms/${roomId}/is_joined`;
    try {
      return joinedSchema.parse(
        await client.request('GET', path, { query: { mxid: userId }, timeoutMs: TIMEOUT_MS, retries: 1 }),
      ).joined;
    } catch (error) {
      if (!(error instanceof MatrixError)) throw error;
      // Not a room id, not a user id: nobody is joined there.
      if (error.errcode === 'M_INVALID_PARAM') return false;
      if (error.errcode === 'M_UNRECOGNIZED') return asWatcher(roomId, userId);
      throw error;
    }
  }

  /**
   * Is this person joined now? Asks the homeserver each time (3-8 ms); never a guess.
   * @throws {PalabreError} PALABRE_UPSTREAM_UNAVAILABLE when there is no answer: treat it as no
   */
  const isJoined: IsJoined = async (roomId, userId) => {
    const stop = metrics.isJoinedSeconds.startTimer();
    try {
      return await ask(roomId, userId);
    } catch (cause) {
      throw unanswered(cause);
    } finally {
      stop();
    }
  };

  /** The same, but waits for a join that may still be on its way before it says no: up to 2 s for people of other servers. */
  const isJoinedSoon: IsJoined = async (roomId, userId) => {
    const until = now() + (serverOf(userId) === serverName ? LOCAL_LAG_MS : FEDERATION_LAG_MS);
    for (;;) {
      if (await isJoined(roomId, userId)) return true;
      if (now() >= until) return false;
      await sleep(POLL_MS);
    }
  };

  return { isJoined, isJoinedSoon };
}
