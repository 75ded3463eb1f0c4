import { TRANSCRIPT_CORRECTION } from '@palabre/protocol';
import type { TranscriptCorrection } from '@palabre/protocol';
import { EventStatus, EventType, MatrixError, ReceiptType, RelationType } from 'matrix-js-sdk';
import type { MatrixClient, MatrixEvent, Room } from 'matrix-js-sdk';
import type { RoomMessageEventContent } from 'matrix-js-sdk/lib/types.js';
import type { Person } from '../store/model.ts';
import { localpart } from './people.ts';
import { newRoom } from './room-creation.ts';

/** A message that could not be encrypted, and so was neither sent nor kept. */
export class NotEncryptedError extends Error {
  override readonly name = 'NotEncryptedError';
}

export interface Actions {
  /**
   * Sends a text. One that fails stays in the timeline, to be sent again.
   * @throws NotEncryptedError when it is gone from there, because it may not be kept as it is
   */
  sendText(roomId: string, threadId: string | undefined, text: string): Promise<void>;
  post(roomId: string, threadId: string | undefined, content: Record<string, unknown>): Promise<void>;
  /**
   * Corrects a transcript in the thread of its meeting. One that fails leaves nothing behind.
   * @param words what others read, whose client knows no corrections
   */
  correct(roomId: string, threadId: string, correction: TranscriptCorrection, words: string): Promise<void>;
  /** Sends again what failed. */
  retry(roomId: string, itemId: string): Promise<void>;
  /** Gives up what failed. */
  discard(roomId: string, itemId: string): void;
  react(roomId: string, eventId: string, symbol: string): Promise<void>;
  remove(roomId: string, eventId: string): Promise<void>;
  /** Says that everything up to now was seen. */
  markRead(roomId: string): Promise<void>;
  loadOlder(roomId: string): Promise<void>;
  createRoom(options: { name: string; encrypted: boolean; people: readonly string[] }): Promise<string>;
  accept(roomId: string): Promise<void>;
  /** Enters the room that replaces another one. @returns false until invited, where it takes an invitation */
  enterSuccessor(successor: { readonly roomId: string; readonly via: string }): Promise<boolean>;
  /** Leaves a room or declines an invitation. */
  leave(roomId: string): Promise<void>;
  invite(roomId: string, userId: string): Promise<void>;
  kick(roomId: string, userId: string, reason: string): Promise<void>;
  ban(roomId: string, userId: string, reason: string): Promise<void>;
  findPeople(text: string): Promise<readonly Person[]>;
}

const OLDER = 40;

/** What a person can do in rooms, over matrix-js-sdk. Errors are thrown to whoever asked. */
export function createActions(options: {
  readonly client: MatrixClient;
  readonly watcherUserId: string;
  readonly touch: (roomId: string) => void;
}): Actions {
  const { client, touch } = options;
  /** Up to where rooms were marked as read from here. */
  const marked = new Map<string, string>();
  const roomOf = (roomId: string): Room => {
    const room = client.getRoom(roomId);
    if (room === null) throw new Error('This room is not known');
    return room;
  };
  const failedEvent = (roomId: string, itemId: string): MatrixEvent | undefined =>
    roomOf(roomId)
      .getLiveTimeline()
      .getEvents()
      .find((event) => event.getId() === itemId && event.status === EventStatus.NOT_SENT);
  const reasonOf = (reason: string): string | undefined => (reason.trim() === '' ? undefined : reason.trim());

  const post = async (
    roomId: string,
    threadId: string | undefined,
    content: Record<string, unknown>,
    txnId = client.makeTxnId(),
  ): Promise<void> => {
    const relation =
      threadId === undefined
        ? {}
        : {
            'm.relates_to': {
              rel_type: 'm.thread',
              event_id: threadId,
              is_falling_back: true,
              'm.in_reply_to': { event_id: threadId },
            },
          };
    try {
      const message = { ...content, ...relation } as unknown as RoomMessageEventContent;
      await client.sendEvent(roomId, null, EventType.RoomMessage, message, txnId);
    } finally {
      touch(roomId);
    }
  };

  return {
    post,
    sendText: async (roomId, threadId, text) => {
      const txnId = client.makeTxnId();
      try {
        await post(roomId, threadId, { msgtype: 'm.text', body: text }, txnId);
      } catch (cause) {
        const room = roomOf(roomId);
        const event = room.getEventForTxnId(txnId);
        if (event === undefined || event.isEncrypted() || !room.hasEncryptionStateEvent()) throw cause;
        client.cancelPendingEvent(event);
        throw new NotEncryptedError('The message could not be encrypted', { cause });
      }
    },
    correct: async (roomId, threadId, correction, words) => {
      const txnId = client.makeTxnId();
      const content = { msgtype: 'm.notice', body: words, 'm.mentions': {}, [TRANSCRIPT_CORRECTION]: correction };
      try {
        await post(roomId, threadId, content, txnId);
      } catch (error) {
        const event = roomOf(roomId).getEventForTxnId(txnId);
        if (event?.status === EventStatus.NOT_SENT) client.cancelPendingEvent(event);
        throw error;
      }
    },
    retry: async (roomId, itemId) => {
      const event = failedEvent(roomId, itemId);
      if (event !== undefined) await client.resendEvent(event, roomOf(roomId));
    },
    discard: (roomId, itemId) => {
      const event = failedEvent(roomId, itemId);
      if (event !== undefined) client.cancelPendingEvent(event);
      touch(roomId);
    },
    react: async (roomId, eventId, symbol) => {
      const txnId = client.makeTxnId();
      const content = {
        'm.relates_to': { rel_type: RelationType.Annotation, event_id: eventId, key: symbol },
      } as const;
      try {
        await client.sendEvent(roomId, null, EventType.Reaction, content, txnId);
      } catch (error) {
        // It must not look as if the others saw it.
        const event = roomOf(roomId).getEventForTxnId(txnId);
        if (event?.status === EventStatus.NOT_SENT) client.cancelPendingEvent(event);
        throw error;
      }
    },
    remove: async (roomId, eventId) => {
      await client.redactEvent(roomId, eventId);
    },
    markRead: async (roomId) => {
      const events = roomOf(roomId).getLiveTimeline().getEvents();
      const newest = events.findLast((event) => event.status === null);
      // That the newest counts as read says nothing of threads: my own events always do.
      if (newest === undefined || marked.get(roomId) === newest.getId()) return;
      marked.set(roomId, newest.getId() ?? '');
      // Unthreaded: one mark for the whole room, threads included.
      await client.sendReadReceipt(newest, ReceiptType.Read, true);
    },
    loadOlder: async (roomId) => {
      await client.scrollback(roomOf(roomId), OLDER);
      touch(roomId);
    },
    createRoom: async ({ name, encrypted, people }) => {
      const { room_id: roomId } = await client.createRoom(
        newRoom({ name, encrypted, people, watcherUserId: options.watcherUserId }),
      );
      return roomId;
    },
    accept: async (roomId) => {
      await client.joinRoom(roomId);
    },
    enterSuccessor: async ({ roomId, via }) => {
      try {
        await client.joinRoom(roomId, { viaServers: [via] });
        return true;
      } catch (error) {
        if (!(error instanceof MatrixError) || error.httpStatus !== 403) throw error;
        return false;
      }
    },
    leave: async (roomId) => {
      await client.leave(roomId);
    },
    invite: async (roomId, userId) => {
      await client.invite(roomId, userId);
    },
    kick: async (roomId, userId, reason) => {
      await client.kick(roomId, userId, reasonOf(reason));
    },
    ban: async (roomId, userId, reason) => {
      await client.ban(roomId, userId, reasonOf(reason));
    },
    findPeople: async (text) => {
      const { results } = await client.searchUserDirectory({ term: text, limit: 8 });
      return results.map((found) => ({
        userId: found.user_id,
        name: found.display_name ?? localpart(found.user_id),
        avatarMxc: found.avatar_url,
      }));
    },
  };
}
