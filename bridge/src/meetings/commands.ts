import { createHash } from 'node:crypto';
import {
  CALL_MEMBER_EVENT,
  commandOfReaction,
  consentCommandOf,
  DEVICE_ID_PATTERN,
  PalabreError,
  RESULT_BLOCK,
  RTC_MEMBER_EVENT,
} from '@palabre/protocol';
import { z } from 'zod';
import { MatrixError, matrixPath } from '../appservice/index.ts';
import type { Inbox, MatrixClient, RoomEvent } from '../appservice/index.ts';
import { createLimit, type Log } from '../operations/index.ts';
import { commandTextsFor } from '../publishing/index.ts';
import type { RoomLanguage } from '../publishing/index.ts';
import { COMMANDS, commandOfText, helpLines } from './command-table.ts';
import type { CommandPorts, Said } from './command-table.ts';
import type { GiveOrder, RunningWork, ScribePort } from './orders.ts';
import type { StatusText } from './status.ts';

/** A command from before an outage must not start a recording now; what it was to end must not go on. */
const FRESH_MS = 60_000;
/** Answers in a minute to one person in one room; what is asked beyond that is done or refused in silence. */
const ANSWERS = 6;
const ANSWERS_WINDOW_MS = 60_000;
/**
 * Orders in ten seconds from one person in one room, as by `/api`. What is beyond that is left out in silence: events of a room are
 * worked one after the other, and somebody's "no" must not wait behind thousands of them.
 */
const ORDERS = 20;
const ORDERS_WINDOW_MS = 10_000;

const reactionSchema = z.object({
  'm.relates_to': z.object({
    rel_type: z.literal('m.annotation'),
    event_id: z.string().regex(/^\$[!-~]{1,254}$/),
    key: z.string().max(64),
  }),
});
/** Bots speak in `m.notice`, and an edit repeats what was said before. */
const messageSchema = z.object({
  msgtype: z.literal('m.text'),
  body: z.string(),
  'm.relates_to': z.object({ rel_type: z.string().optional().catch(undefined) }).optional(),
});
const deviceSchema = z.string().regex(DEVICE_ID_PATTERN).optional().catch(undefined);
const targetSchema = z.object({
  type: z.string(),
  sender: z.string(),
  msc4354_sticky: z.unknown().optional(),
  content: z.object({
    device_id: deviceSchema,
    member: z.object({ device_id: deviceSchema, claimed_device_id: deviceSchema }).optional().catch(undefined),
  }),
});
type Target = z.infer<typeof targetSchema>;

/** A membership of either form; a sticky one may be encrypted, and nothing else that is sticky is. */
function isMembership({ type, msc4354_sticky: sticky }: Target): boolean {
  return (
    type === CALL_MEMBER_EVENT || type === RTC_MEMBER_EVENT || (type === 'm.room.encrypted' && sticky !== undefined)
  );
}

interface Asked {
  readonly said: Said | 'unknown';
  readonly means: 'reaction' | 'command';
  /** Event that a reaction stands on. */
  readonly target: string | undefined;
}

/** The command an event holds, if it holds one. */
function commandOf(event: RoomEvent): Asked | undefined {
  if (event.type === 'm.reaction') {
    const reaction = reactionSchema.safeParse(event.content);
    if (!reaction.success) return undefined;
    const { key, event_id: target } = reaction.data['m.relates_to'];
    const name = commandOfReaction(key);
    return name === undefined ? undefined : { said: { name }, means: 'reaction', target };
  }
  if (event.type === 'm.room.message') {
    const message = messageSchema.safeParse(event.content);
    if (!message.success || message.data['m.relates_to']?.rel_type === 'm.replace') return undefined;
    // The level of a room is consent's own command.
    if (consentCommandOf(message.data.body) !== undefined) return undefined;
    const said = commandOfText(message.data.body);
    return said === undefined ? undefined : { said, means: 'command', target: undefined };
  }
  return undefined;
}

/**
 * @param deviceId whose membership the reaction stands on; undefined where it stands elsewhere, or that cannot be read
 * @returns whether it was asked for, and came too late
 */
type OnConsent = (event: RoomEvent, answer: 'yes' | 'no', deviceId: string | undefined) => Promise<boolean>;

export interface CommandsDeps {
  readonly inbox: Inbox;
  readonly client: MatrixClient;
  readonly give: GiveOrder;
  readonly scribe: Pick<ScribePort, 'isMeetingMessage' | 'running'>;
  readonly statusText: StatusText;
  readonly isJoined: (roomId: string, userId: string) => Promise<boolean>;
  /** Somebody answers whether they may be recorded and transcribed. */
  readonly onConsent: OnConsent;
  readonly bots: readonly string[];
  readonly language: RoomLanguage;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * Commands in the room, which the homeserver authenticates: for clients that are not ours and for moderators without the
 * homeserver door. What comes of them is told in the room, because nothing else reaches such a client.
 */
export function followCommands(deps: CommandsDeps): void {
  const { inbox, client, give, scribe, isJoined, bots, language, log, now } = deps;
  const texts = commandTextsFor(language);
  const answers = createLimit(ANSWERS, ANSWERS_WINDOW_MS, now);
  const orders = createLimit(ORDERS, ORDERS_WINDOW_MS, now);

  async function answer(event: RoomEvent, body: string, level: 'info' | 'warning', code: string): Promise<void> {
    if (answers.count(`${event.room_id} ${event.sender}`) > 0) return;
    await client.request(
      'PUT',
      // The event's id as transaction id: told once, however often the event is worked.
      matrixPath`/_matrix/client/v3/rooms/${event.room_id}/send/m.room.message/${`command-${event.event_id}`}`,
      {
        body: {
          msgtype: 'm.notice',
          body,
          'm.mentions': { user_ids: [event.sender] },
          [RESULT_BLOCK]: { kind: 'notice', level, code },
        },
      },
    );
  }

  /**
   * A reaction counts on the meeting's message or on one's own call membership; anywhere else it is just a reaction.
   * @returns the device of that membership, as far as it is known; undefined: no command
   */
  async function placeOf(event: RoomEvent, target: string | undefined): Promise<{ deviceId?: string } | undefined> {
    if (target === undefined || (await scribe.isMeetingMessage(event.room_id, target))) return {};
    try {
      const found = targetSchema.parse(
        await client.request('GET', matrixPath`/_matrix/client/v3/rooms/${event.room_id}/event/${target}`),
      );
      if (!isMembership(found) || found.sender !== event.sender) return undefined;
      const { device_id: stated, member } = found.content;
      const deviceId = stated ?? member?.device_id ?? member?.claimed_device_id;
      return deviceId === undefined ? {} : { deviceId };
    } catch (error) {
      if (error instanceof MatrixError && error.status < 500) return undefined;
      throw error;
    }
  }

  /** @param isLate it comes long after it was given: then it ends only what had begun by then */
  async function obey(event: RoomEvent, { said, means }: Asked, isLate: boolean): Promise<void> {
    const { room_id: roomId, sender: userId } = event;
    if (said === 'unknown') {
      await answer(event, texts.unknown(COMMANDS.help.words[language]), 'info', 'unknown_command');
      return;
    }
    const isMeant = ({ askedMs }: RunningWork): boolean => !isLate || askedMs < event.origin_server_ts;
    // The inbox may bring the event again after a crash. Of one event comes one start at most.
    const id = createHash('sha256').update(event.event_id).digest('base64url');
    try {
      const ports: CommandPorts = {
        order: (command) => give({ roomId, userId, command, means, id }),
        running: async () =>
          (await scribe.running(roomId)).flatMap((work) =>
            work.what === 'captions' || work.phase === 'stopping' || !isMeant(work) ? [] : [work.what],
          ),
        statusText: () => deps.statusText(roomId),
        helpText: () => texts.help(helpLines(language)),
      };
      const { run, ends = [] } = COMMANDS[said.name];
      if (isLate && !(await ports.running()).some((what) => ends.includes(what))) {
        await answer(event, texts.tooLate, 'warning', 'command_too_late');
        return;
      }
      const reply = await run(ports, said);
      if (reply !== undefined) await answer(event, reply, 'info', said.name);
    } catch (error) {
      if (!(error instanceof PalabreError)) throw error;
      await answer(event, error.message, 'warning', error.code);
    }
  }

  inbox.onRoomEvent({
    wants: (event) => !bots.includes(event.sender) && commandOf(event) !== undefined,
    async handle(event) {
      const asked = commandOf(event);
      if (asked === undefined) return;
      const name = asked.said === 'unknown' ? asked.said : asked.said.name;
      // A "no" is never too many.
      if (name !== 'refuse' && orders.count(`${event.room_id} ${event.sender}`) > 0) return;
      const isLate = Math.abs(now() - event.origin_server_ts) > FRESH_MS;
      const place = await placeOf(event, asked.target);
      if (place === undefined || !(await isJoined(event.room_id, event.sender))) return;
      log.logger.info({ room: log.hash(event.room_id), command: name }, 'a command was given in the room');
      if (name === 'refuse' || name === 'consent') {
        const isMissed = await deps.onConsent(event, name === 'refuse' ? 'no' : 'yes', place.deviceId);
        if (isMissed) await answer(event, texts.tooLate, 'warning', 'command_too_late');
      } else await obey(event, asked, isLate);
    },
  });
}
