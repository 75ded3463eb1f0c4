import { createHash } from 'node:crypto';
import {
  CONSENT_BLOCK,
  CONSENT_PURPOSES,
  CONSENT_TEXT_VERSION,
  consentBlockSchema,
  consentCommandOf,
  consentReplyOf,
  PalabreError,
  RESULT_BLOCK,
} from '@palabre/protocol';
import type { ConsentLevel, Rights } from '@palabre/protocol';
import { z } from 'zod';
import { isRefusal, matrixPath } from '../appservice/index.ts';
import type { Inbox, MatrixClient, RoomEvent } from '../appservice/index.ts';
import type { Audit } from '../governance/index.ts';
import { createLimit } from '../operations/index.ts';
import { consentTextsFor } from '../publishing/index.ts';
import type { RoomLanguage } from '../publishing/index.ts';
import type { Consent, Given } from './consent.ts';

/** A "yes" from before an outage may have been said to something else. A "no" counts whenever it comes. */
const FRESH_MS = 60_000;
/** Orders about the level from one person in one room in ten seconds, and how many are answered in a minute; as of other orders (meetings/commands.ts). */
const ORDERS = 20;
const ORDERS_WINDOW_MS = 10_000;
const ANSWERS = 6;
const ANSWERS_WINDOW_MS = 60_000;

const eventId = z.string().regex(/^\$[!-~]{1,254}$/);
const textSchema = z.object({ msgtype: z.literal('m.text'), body: z.string().max(10_000) });
const replySchema = z.object({
  'm.relates_to': z.object({
    // In a thread, clients that know none show every message as a reply to the one before: that is no answer to it.
    is_falling_back: z.literal(false).optional(),
    'm.in_reply_to': z.object({ event_id: eventId }),
  }),
});
const redactionSchema = z.object({ redacts: eventId });

type Words = Pick<Given, 'language' | 'textVersion'>;

export interface RoomAnswersDeps {
  readonly inbox: Inbox;
  readonly client: MatrixClient;
  readonly consent: Pick<Consent, 'answer' | 'lacks' | 'takeBack' | 'chooseLevel' | 'stateFor'>;
  /** Is this event the message that opens the thread of the meeting that runs in the room? */
  readonly isMeetingMessage: (roomId: string, eventId: string) => Promise<boolean>;
  /** The meeting, over or not, whose thread this event opens. */
  readonly meetingOf: (roomId: string, eventId: string) => Promise<string | undefined>;
  readonly rightsOf: (roomId: string, userId: string) => Promise<Rights>;
  readonly isJoined: (roomId: string, userId: string) => Promise<boolean>;
  readonly audit: Audit;
  readonly bots: readonly string[];
  readonly scribeUserId: string;
  readonly language: RoomLanguage;
  readonly now: () => number;
}

/**
 * Answers of people whose client has no dialog of ours, and the room's level by `!palabre consent ask`: from the room, where the
 * homeserver authenticates them.
 * @returns takes a ✅ or ❌ that stands on the meeting's message or on its sender's own membership (meetings/ has looked), or the
 *   commands of the same meaning; `deviceId` is that of the membership. Returns whether it was a "yes" that our scribe asks for and that
 *   came too late
 */
export function followRoomAnswers(
  deps: RoomAnswersDeps,
): (event: RoomEvent, said: 'yes' | 'no', deviceId: string | undefined) => Promise<boolean> {
  const { inbox, client, consent, isJoined, bots, scribeUserId, language, now } = deps;
  const texts = consentTextsFor(language);
  /** What a client without words of its own showed is what stands in the room. */
  const inRoom: Words = { language, textVersion: CONSENT_TEXT_VERSION };

  /** To which words of ours this is an answer; undefined: to none. */
  const wordsOf = (event: RoomEvent, said: 'yes' | 'no'): Words | undefined => {
    const block = event.content[CONSENT_BLOCK];
    if (block === undefined) return inRoom;
    const shown = consentBlockSchema.safeParse(block);
    // Nobody has agreed to words that we do not know; a "no" needs none.
    if (!shown.success) return said === 'no' ? inRoom : undefined;
    const { scribe, language: read, text_version: textVersion } = shown.data;
    if (scribe !== scribeUserId || (said === 'yes' && textVersion !== CONSENT_TEXT_VERSION)) return undefined;
    return { language: read, textVersion };
  };

  const answer = async (
    event: RoomEvent,
    said: 'yes' | 'no',
    how: 'reaction' | 'reply' | 'command',
    deviceId?: string,
  ): Promise<boolean> => {
    const { room_id: roomId, sender: userId, event_id: eventId } = event;
    const words = wordsOf(event, said);
    if (words === undefined || !(await isJoined(roomId, userId))) return false;
    if (said === 'yes' && Math.abs(now() - event.origin_server_ts) > FRESH_MS)
      return consent.lacks(roomId, userId, eventId);
    const purposes = CONSENT_PURPOSES;
    try {
      await consent.answer({ roomId, userId, deviceId, purposes, answer: said, how, ...words, eventId });
    } catch (error) {
      // There is no meeting any more, nothing is asked in it, or they changed their mind a hundred times.
      if (!(error instanceof PalabreError)) throw error;
    }
    return false;
  };

  /** A "yes" that does not count would be taken for one that does. */
  const sayLate = async ({ room_id: roomId, event_id: id, sender }: RoomEvent, root: string): Promise<void> => {
    const digest = createHash('sha256').update(`${root} ${sender}`).digest('base64url');
    try {
      await client.request(
        'PUT',
        // The same transaction id: told once to each person in a meeting.
        matrixPath`/_matrix/client/v3/rooms/${roomId}/send/m.room.message/${`consent-late-${digest}`}`,
        {
          body: {
            msgtype: 'm.notice',
            body: texts.late,
            'm.mentions': { user_ids: [sender] },
            'm.relates_to': {
              rel_type: 'm.thread',
              event_id: root,
              is_falling_back: false,
              'm.in_reply_to': { event_id: id },
            },
            [RESULT_BLOCK]: { kind: 'notice', level: 'warning', code: 'consent_late' },
          },
        },
      );
    } catch (error) {
      // The watcher may not speak there any more; what comes next in the room is not to wait for that.
      if (!isRefusal(error)) throw error;
    }
  };

  /** To the message of a meeting that is over. */
  const isLeftOver = async ({ room_id: roomId, event_id: id, sender }: RoomEvent, root: string): Promise<boolean> => {
    const meetingId = await deps.meetingOf(roomId, root);
    if (meetingId === undefined || !(await isJoined(roomId, sender))) return false;
    return consent.lacks(roomId, sender, id, meetingId);
  };

  inbox.onRoomEvent({
    wants: ({ type, sender, content }) =>
      type === 'm.room.message' &&
      !bots.includes(sender) &&
      replySchema.safeParse(content).success &&
      consentReplyOf(textSchema.safeParse(content).data?.body ?? '') !== undefined,
    async handle(event) {
      const said = consentReplyOf(textSchema.parse(event.content).body);
      const target = replySchema.parse(event.content)['m.relates_to']['m.in_reply_to'].event_id;
      if (said === undefined) return;
      const isLate = (await deps.isMeetingMessage(event.room_id, target))
        ? await answer(event, said, 'reply')
        : said === 'yes' && (await isLeftOver(event, target));
      if (isLate) await sayLate(event, target);
    },
  });

  inbox.onRoomEvent({
    wants: ({ type }) => type === 'm.room.redaction',
    async handle({ room_id: roomId, event_id: id, redacts, content }) {
      const target = redactionSchema.safeParse(content).data?.redacts ?? redacts;
      if (target !== undefined) await consent.takeBack(roomId, target, id);
    },
  });

  const levelOf = ({ content }: RoomEvent): ConsentLevel | 'default' | undefined => {
    const text = textSchema.safeParse(content);
    return text.success ? consentCommandOf(text.data.body) : undefined;
  };
  const orders = createLimit(ORDERS, ORDERS_WINDOW_MS, now);
  const told = createLimit(ANSWERS, ANSWERS_WINDOW_MS, now);
  inbox.onRoomEvent({
    wants: (event) => event.type === 'm.room.message' && !bots.includes(event.sender) && levelOf(event) !== undefined,
    async handle(event) {
      const { room_id: roomId, sender, event_id: id } = event;
      const asked = levelOf(event);
      if (asked === undefined || Math.abs(now() - event.origin_server_ts) > FRESH_MS) return;
      const who = `${roomId} ${sender}`;
      if (orders.count(who) > 0 || !(await isJoined(roomId, sender))) return;
      const allowed = (await deps.rightsOf(roomId, sender)).may_admit;
      const chosen = asked === 'default' ? undefined : asked;
      const action = { action: 'consent.setting', means: 'command', roomId, userId: sender, key: id } as const;
      if (allowed) await deps.audit.during(action, () => consent.chooseLevel(roomId, chosen, sender));
      else await deps.audit.refused(action, 'M_FORBIDDEN');
      if (told.count(who) > 0) return;
      const { level, default_level: standard } = await consent.stateFor(roomId, sender);
      const body = allowed ? texts.level({ chosen, standard, level }) : texts.levelRefused;
      await client.request(
        'PUT',
        // The event's id as transaction id: told once, however often the event is worked.
        matrixPath`/_matrix/client/v3/rooms/${roomId}/send/m.room.message/${`consent-${id}`}`,
        {
          body: {
            msgtype: 'm.notice',
            body,
            'm.mentions': { user_ids: [sender] },
            [RESULT_BLOCK]: {
              kind: 'notice',
              level: allowed ? 'info' : 'warning',
              code: allowed ? 'consent_level' : 'M_FORBIDDEN',
            },
          },
        },
      );
    },
  });

  return (event, said, deviceId) => answer(event, said, event.type === 'm.reaction' ? 'reaction' : 'command', deviceId);
}
