import { setTimeout as sleep } from 'node:timers/promises';
import { PalabreError, serverOf } from '@palabre/protocol';
import { z } from 'zod';
import { isOutOfSight, MatrixError, matrixPath, statePath } from '../appservice/index.ts';
import type { MatrixClient } from '../appservice/index.ts';
import type { Metrics } from '../operations/index.ts';

const joinedSchema = z.object({ joined: z.boolean() });
const memberSchema = z.object({ membership: z.string() });

/** A join on another server reaches ours a moment later. */
const FEDERATION_LAG_MS = 2_000;
/** Between Synapse workers. */
const LOCAL_LAG_MS = 150;
/** Doubles each time: somebody of another server who is not joined costs five questions. */
const FIRST_PAUSE_MS = 150;
/** People of one server who are waited for at once; beyond that its first answer counts. */
const MOST_WAITED_FOR = 32;
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
  readonly watcherUserId: string;
  readonly metrics: Metrics;
  readonly now: () => number;
}

export type IsJoined = (roomId: string, userId: string) => Promise<boolean>;

/** The two ways to ask whether somebody is joined: now, and with patience for a join that is on its way. */
export function createJoined({ client, serverName, watcherUserId, metrics, now }: JoinedDeps) {
  async function memberState(roomId: string, userId: string): Promise<boolean> {
    try {
      const state = await client.request('GET', statePath(roomId, 'm.room.member', userId), {
        timeoutMs: TIMEOUT_MS,
      });
      return memberSchema.parse(state).membership === 'join';
    } catch (error) {
      if (isOutOfSight(error)) return false;
      throw error;
    }
  }

  /**
   * MSC4502 is missing at this homeserver (flag off, or another product): ask as the watcher instead. A homeserver shows a former
   * member the state at the time of leaving, so that the watcher vouches for others only while it is there itself.
   */
  async function asWatcher(roomId: string, userId: string): Promise<boolean> {
    const [there, joined] = await Promise.all([memberState(roomId, watcherUserId), memberState(roomId, userId)]);
    return there && joined;
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

  async function askAgain(roomId: string, userId: string, server: string): Promise<boolean> {
    const untilMs = now() + (server === serverName ? LOCAL_LAG_MS : FEDERATION_LAG_MS);
    for (let pauseMs = FIRST_PAUSE_MS; now() < untilMs; pauseMs *= 2) {
      await sleep(Math.min(pauseMs, untilMs - now()));
      if (await isJoined(roomId, userId)) return true;
    }
    return false;
  }

  /** By server, and in it by room and person: however often somebody asks, they are waited for once. */
  const waitedFor = new Map<string, Map<string, Promise<boolean>>>();

  /** The same, but waits for a join that may still be on its way before it says no: up to 2 s for people of other servers. */
  const isJoinedSoon: IsJoined = async (roomId, userId) => {
    if (await isJoined(roomId, userId)) return true;
    const server = serverOf(userId) ?? '';
    const ofServer = waitedFor.get(server) ?? new Map<string, Promise<boolean>>();
    const key = `${roomId}\0${userId}`;
    const already = ofServer.get(key);
    if (already !== undefined) return already;
    if (ofServer.size >= MOST_WAITED_FOR) return false;
    const answer = askAgain(roomId, userId, server).finally(() => {
      ofServer.delete(key);
      if (ofServer.size === 0) waitedFor.delete(server);
    });
    ofServer.set(key, answer);
    waitedFor.set(server, ofServer);
    return answer;
  };

  return { isJoined, isJoinedSoon };
}
