import { CONSENT_PURPOSES, consentCommandOf, consentReplyOf, PalabreError, RESULT_BLOCK } from '@palabre/protocol';
import type { ConsentLevel, Rights } from '@palabre/protocol';
import { z } from 'zod';
import { matrixPath } from '../appservice/index.ts';
import type { Inbox, MatrixClient, RoomEvent } from '../appservice/index.ts';
import type { Audit } from '../governance/index.ts';
import { consentTextsFor } from '../publishing/index.ts';
import type { RoomLanguage } from '../publishing/index.ts';
import type { Consent } from './consent.ts';

/** A "yes" from before an outage may have been said to something else. A "no" counts whenever it comes. */
const FRESH_MS = 60_000;

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

export interface RoomAnswersDeps {
  readonly inbox: Inbox;
  readonly client: MatrixClient;
  readonly consent: Pick<Consent, 'answer' | 'takeBack' | 'chooseLevel' | 'stateFor'>;
  /** Is this event the message that opens the thread of the meeting that runs in the room? */
  readonly isMeetingMessage: (roomId: string, eventId: string) => Promise<boolean>;
  readonly rightsOf: (roomId: string, userId: string) => Promise<Rights>;
  readonly isJoined: (roomId: string, userId: string) => Promise<boolean>;
  readonly audit: Audit;
  readonly bots: readonly string[];
  readonly language: RoomLanguage;
  readonly now: () => number;
}

/**
 * Answers of people whose client has no dialog of ours, and the room's level by `!palabre consent ask`: from the room, where the
 * homeserver authenticates them.
 * @returns takes a ✅ that stands on the meeting's message or on its sender's own membership (meetings/ has looked), or the command
 */
export function followRoomAnswers(deps: RoomAnswersDeps): (event: RoomEvent) => Promise<void> {
  const { inbox, client, consent, isJoined, bots, language, now } = deps;
  const texts = consentTextsFor(language);

  const answer = async (event: RoomEvent, said: 'yes' | 'no', how: 'reaction' | 'reply' | 'command'): Promise<void> => {
    const { room_id: roomId, sender: userId, event_id: id } = event;
    if (said === 'yes' && Math.abs(now() - event.origin_server_ts) > FRESH_MS) return;
    if (!(await isJoined(roomId, userId))) return;
    try {
      await consent.answer({ roomId, userId, purposes: CONSENT_PURPOSES, answer: said, how, language, eventId: id });
    } catch (error) {
      // There is no meeting any more, or they changed their mind a hundred times.
      if (!(error instanceof PalabreError)) throw error;
    }
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
      if (said !== undefined && (await deps.isMeetingMessage(event.room_id, target)))
        await answer(event, said, 'reply');
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
  inbox.onRoomEvent({
    wants: (event) => event.type === 'm.room.message' && !bots.includes(event.sender) && levelOf(event) !== undefined,
    async handle(event) {
      const { room_id: roomId, sender, event_id: id } = event;
      const asked = levelOf(event);
      if (asked === undefined || Math.abs(now() - event.origin_server_ts) > FRESH_MS) return;
      if (!(await isJoined(roomId, sender))) return;
      const allowed = (await deps.rightsOf(roomId, sender)).may_admit;
      const chosen = asked === 'default' ? undefined : asked;
      const action = { action: 'consent.setting', means: 'command', roomId, userId: sender, key: id } as const;
      if (allowed) await deps.audit.during(action, () => consent.chooseLevel(roomId, chosen, sender));
      else await deps.audit.refused(action, 'M_FORBIDDEN');
      const { level, default_level: standard } = await consent.stateFor(roomId, sender);
      const body = allowed ? texts.level(level, standard) : texts.levelRefused;
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

  return (event) => answer(event, 'yes', event.type === 'm.reaction' ? 'reaction' : 'command');
}
