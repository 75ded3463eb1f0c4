import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOBBY_REACTIONS, lobbyDecisionOf, PalabreError, RESULT_BLOCK } from '@palabre/protocol';
import { z } from 'zod';
import { MatrixError, matrixPath } from '../appservice/index.ts';
import type { Inbox, MatrixClient } from '../appservice/index.ts';
import { textsFor } from '../publishing/index.ts';
import type { LobbyLine, RoomLanguage } from '../publishing/index.ts';
import { createTurns } from '../sfu/index.ts';
import type { Lobby } from './lobby.ts';
import type { Entry, Notice, Store } from './store.ts';

/** People who come at the same time are named in one message. */
const GATHER_MS = 1_000;

const sentSchema = z.object({ event_id: z.string() });
const reactionSchema = z.object({
  'm.relates_to': z.object({
    rel_type: z.literal('m.annotation'),
    event_id: z.string().regex(/^\$[!-~]{1,254}$/),
    key: z.string().max(64),
  }),
});

export interface NoticesDeps {
  readonly store: Store;
  readonly client: MatrixClient;
  readonly namesIn: (roomId: string) => Promise<ReadonlyMap<string, string>>;
  readonly language: RoomLanguage;
  /** Shorter in tests. */
  readonly gatherMs?: number;
}

function contentOf(text: string): Record<string, unknown> {
  return {
    msgtype: 'm.notice',
    body: text,
    'm.mentions': {},
    [RESULT_BLOCK]: { kind: 'notice', level: 'info', code: 'lobby' },
  };
}

/**
 * Tells the room who waits and what became of it, for people with any client.
 * @returns brings the messages of a room up to date
 */
export function createNotices({
  store,
  client,
  namesIn,
  language,
  gatherMs = GATHER_MS,
}: NoticesDeps): (roomId: string) => Promise<void> {
  const texts = textsFor(language).lobby;

  function textOf(people: readonly Entry[], names: ReadonlyMap<string, string>): string {
    const called = (userId: string): string => {
      // A display name is anybody's own choice: the user id stands beside it.
      const name = names.get(userId)?.replace(/\p{Cc}/gu, ' ');
      return name === undefined || name === userId ? userId : `${name} (${userId})`;
    };
    if (people.length === 0) return texts.gone;
    const lines = people.map(({ userId, state, decidedBy }): LobbyLine => ({
      name: called(userId),
      state: state === 'gone' ? 'waiting' : state,
      by: decidedBy === undefined ? undefined : called(decidedBy),
    }));
    return texts.notice(lines, LOBBY_REACTIONS);
  }

  async function send(roomId: string, txnId: string, content: Record<string, unknown>): Promise<string> {
    const answer = await client.request(
      'PUT',
      // The same transaction id for the same words: said once, whatever happens in between.
      matrixPath`/_matrix/client/v3/rooms/${roomId}/send/m.room.message/${txnId}`,
      { body: content },
    );
    return sentSchema.parse(answer).event_id;
  }

  async function say(roomId: string, { id, eventId, said }: Notice, names: ReadonlyMap<string, string>): Promise<void> {
    const people = await store.named(id);
    const text = textOf(people, names);
    const waits = people.some(({ state }) => state === 'waiting' || state === 'gone');
    try {
      if (text !== said && (waits || eventId !== undefined)) {
        const content = contentOf(text);
        if (eventId === undefined) await store.said(id, await send(roomId, `lobby-${id}`, content), text);
        else {
          const digest = createHash('sha256').update(text).digest('base64url');
          await send(roomId, `lobby-${id}-${digest}`, {
            ...contentOf(`* ${text}`),
            'm.new_content': content,
            'm.relates_to': { rel_type: 'm.replace', event_id: eventId },
          });
          await store.said(id, eventId, text);
        }
      }
    } catch (error) {
      // Not allowed to speak there: as long as somebody waits that may change, afterwards nobody needs it.
      if (!waits && error instanceof MatrixError && error.status === 403) await store.closeNotice(id);
      throw error;
    }
    // Nobody is left to decide about: it stays as it reads now.
    if (!waits) await store.closeNotice(id);
  }

  return createTurns(async (roomId) => {
    await sleep(gatherMs);
    await store.name(roomId, randomUUID());
    const notices = await store.notices(roomId);
    if (notices.length === 0) return;
    const names = await namesIn(roomId);
    const failures: unknown[] = [];
    // One that cannot be said must not hold back the others.
    for (const notice of notices) await say(roomId, notice, names).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  });
}

export interface ReactionsDeps {
  readonly store: Store;
  readonly inbox: Inbox;
  readonly client: MatrixClient;
  readonly lobby: Pick<Lobby, 'decide'>;
  readonly isJoined: (roomId: string, userId: string) => Promise<boolean>;
  readonly language: RoomLanguage;
}

/** Decisions by reaction to such a message, which the homeserver authenticates and never encrypts. */
export function followReactions({ store, inbox, client, lobby, isJoined, language }: ReactionsDeps): void {
  inbox.onRoomEvent({
    wants: (event) => {
      if (event.type !== 'm.reaction') return false;
      const reaction = reactionSchema.safeParse(event.content);
      return reaction.success && lobbyDecisionOf(reaction.data['m.relates_to'].key) !== undefined;
    },
    async handle({ room_id: roomId, sender, event_id: eventId, content }) {
      const { key, event_id: target } = reactionSchema.parse(content)['m.relates_to'];
      const notice = (await store.notices(roomId)).find((item) => item.eventId === target);
      if (notice === undefined || !(await isJoined(roomId, sender))) return;
      // Who hung up a moment ago still stands in the message: they are turned away as well.
      const waiting = (await store.named(notice.id)).filter(({ state }) => state === 'waiting' || state === 'gone');
      try {
        await lobby.decide(
          roomId,
          waiting.map(({ userId }) => userId),
          { by: sender, means: 'reaction', eventId, admit: lobbyDecisionOf(key) === 'admit' },
        );
      } catch (error) {
        if (!(error instanceof PalabreError) || error.code !== 'M_FORBIDDEN') throw error;
        await client.request(
          'PUT',
          matrixPath`/_matrix/client/v3/rooms/${roomId}/send/m.room.message/${`lobby-${eventId}`}`,
          {
            body: {
              ...contentOf(textsFor(language).lobby.notAllowed),
              'm.mentions': { user_ids: [sender] },
              [RESULT_BLOCK]: { kind: 'notice', level: 'warning', code: error.code },
            },
          },
        );
      }
    },
  });
}
