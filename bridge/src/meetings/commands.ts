import { createHash } from 'node:crypto';
import {
  CALL_MEMBER_EVENT,
  commandOfReaction,
  commandOfText,
  PalabreError,
  RESULT_BLOCK,
  RTC_MEMBER_EVENT,
} from '@palabre/protocol';
import type { Rights, RoomCommand, ScribeCommand } from '@palabre/protocol';
import { z } from 'zod';
import { MatrixError, matrixPath } from '../appservice/index.ts';
import type { Inbox, MatrixClient, RoomEvent } from '../appservice/index.ts';
import type { Log } from '../operations/index.ts';
import { textsFor } from '../publishing/index.ts';
import type { RoomLanguage } from '../publishing/index.ts';

/** What the meeting asks of the scribe. Rights were checked; the scribe checks its own state. */
export interface ScribePort {
  /**
   * @param id of a command that may come again: what it started is not started a second time
   * @throws {PalabreError} with a sentence for the person who asked
   */
  command(roomId: string, userId: string, command: ScribeCommand, id?: string): Promise<void>;
  /** Is this event the message that opens the thread of the meeting that runs in the room? */
  isMeetingMessage(roomId: string, eventId: string): Promise<boolean>;
}

/** A command from before an outage must not start a recording now. */
const FRESH_MS = 60_000;

const reactionSchema = z.object({
  'm.relates_to': z.object({
    rel_type: z.literal('m.annotation'),
    event_id: z.string().regex(/^\$[!-~]{1,254}$/),
    key: z.string().max(64),
  }),
});
const messageSchema = z.object({ msgtype: z.literal('m.text'), body: z.string() });
const targetSchema = z.object({ type: z.string(), sender: z.string(), msc4354_sticky: z.unknown().optional() });

/** A membership of either form; a sticky one may be encrypted, and nothing else that is sticky is. */
function isMembership({ type, msc4354_sticky: sticky }: z.infer<typeof targetSchema>): boolean {
  return (
    type === CALL_MEMBER_EVENT || type === RTC_MEMBER_EVENT || (type === 'm.room.encrypted' && sticky !== undefined)
  );
}

interface Asked {
  readonly command: RoomCommand;
  /** Event that a reaction stands on. */
  readonly target: string | undefined;
}

/** The command an event holds, if it holds one. */
function commandOf(event: RoomEvent): Asked | undefined {
  if (event.type === 'm.reaction') {
    const reaction = reactionSchema.safeParse(event.content);
    if (!reaction.success) return undefined;
    const { key, event_id: target } = reaction.data['m.relates_to'];
    const command = commandOfReaction(key);
    return command === undefined ? undefined : { command, target };
  }
  if (event.type === 'm.room.message') {
    const message = messageSchema.safeParse(event.content);
    const command = message.success ? commandOfText(message.data.body) : undefined;
    return command === undefined ? undefined : { command, target: undefined };
  }
  return undefined;
}

/** Captions are for everybody; ending them for all, as everything else, is for moderators. */
export function mayCommand(rights: Rights, { action, what }: ScribeCommand): boolean {
  switch (what) {
    case 'recording':
      return rights.may_record;
    case 'transcription':
      return rights.may_transcribe;
    case 'captions':
      return action === 'start' ? rights.may_caption : rights.moderator;
  }
}

/** What a room command asks of the scribe. Consent is a record of its own and asks nothing. */
function scribeCommands(command: RoomCommand): readonly ScribeCommand[] {
  switch (command) {
    case 'record':
      return [{ action: 'start', what: 'recording' }];
    case 'transcribe':
      return [{ action: 'start', what: 'transcription' }];
    case 'captions':
      return [{ action: 'start', what: 'captions' }];
    case 'stop':
      return [
        { action: 'stop', what: 'recording' },
        { action: 'stop', what: 'transcription' },
      ];
    case 'consent':
      return [];
  }
}

export interface CommandsDeps {
  readonly inbox: Inbox;
  readonly client: MatrixClient;
  readonly scribe: ScribePort;
  readonly rightsOf: (roomId: string, userId: string) => Promise<Rights>;
  readonly isJoined: (roomId: string, userId: string) => Promise<boolean>;
  readonly bots: readonly string[];
  readonly language: RoomLanguage;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * Commands in the room, which the homeserver authenticates: for clients that are not ours and for moderators without the
 * homeserver door. A refusal is told in the room, because nothing else reaches such a client.
 */
export function followCommands(deps: CommandsDeps): void {
  const { inbox, client, scribe, rightsOf, isJoined, bots, log, now } = deps;
  const { refusals } = textsFor(deps.language);

  async function answer(event: RoomEvent, text: string, code: string): Promise<void> {
    await client.request(
      'PUT',
      // The event's id as transaction id: told once, however often the event is worked.
      matrixPath`/_matrix/client/v3/rooms/${event.room_id}/send/m.room.message/${`command-${event.event_id}`}`,
      {
        body: {
          msgtype: 'm.notice',
          body: text,
          'm.mentions': { user_ids: [event.sender] },
          [RESULT_BLOCK]: { kind: 'notice', level: 'warning', code },
        },
      },
    );
  }

  /** A reaction counts on the meeting's message or on one's own call membership; anywhere else it is just a reaction. */
  async function isCommand(event: RoomEvent, target: string | undefined): Promise<boolean> {
    if (target === undefined || (await scribe.isMeetingMessage(event.room_id, target))) return true;
    try {
      const found = targetSchema.parse(
        await client.request('GET', matrixPath`/_matrix/client/v3/rooms/${event.room_id}/event/${target}`),
      );
      return isMembership(found) && found.sender === event.sender;
    } catch (error) {
      if (error instanceof MatrixError && error.status < 500) return false;
      throw error;
    }
  }

  async function obey(event: RoomEvent, asked: Asked): Promise<void> {
    const rights = await rightsOf(event.room_id, event.sender);
    // The inbox may bring the event again after a crash. Of one event comes one start at most.
    const id = createHash('sha256').update(event.event_id).digest('base64url');
    if (!(await isJoined(event.room_id, event.sender))) return;
    let refusal: PalabreError | undefined;
    let done = 0;
    for (const command of scribeCommands(asked.command)) {
      try {
        if (!mayCommand(rights, command)) {
          const { noCaptions, notModerator } = refusals;
          throw new PalabreError('M_FORBIDDEN', command.what === 'captions' ? noCaptions : notModerator);
        }
        await scribe.command(event.room_id, event.sender, command, id);
        done += 1;
      } catch (error) {
        if (!(error instanceof PalabreError)) throw error;
        refusal ??= error;
      }
    }
    // "Stop" stops what runs; that the other did not run is no news.
    if (refusal !== undefined && done === 0) await answer(event, refusal.message, refusal.code);
  }

  inbox.onRoomEvent({
    wants: (event) => !bots.includes(event.sender) && commandOf(event) !== undefined,
    async handle(event) {
      const asked = commandOf(event);
      if (asked === undefined || Math.abs(now() - event.origin_server_ts) > FRESH_MS) return;
      if (!(await isCommand(event, asked.target))) return;
      log.logger.info({ room: log.hash(event.room_id), command: asked.command }, 'a command was given in the room');
      await obey(event, asked);
    },
  });
}
