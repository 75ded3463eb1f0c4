import { TRANSCRIPT_CORRECTION, type TranscriptCorrection } from '@palabre/protocol';
import type { TranscriptMedia } from '@palabre/transcript';
import type { Publishers, ThreadMessage } from '@palabre/transcript/documents';
import { EventDirection, MatrixCapabilities, UnstableApiVersion, WidgetEventCapability } from 'matrix-widget-api';
import * as z from 'zod/mini';
import type { ResultsAccess } from '../../call/index.ts';
import type { RoomEvent } from '../../host/index.ts';
import { createFiles } from './files.ts';
import { meetingsIn, parseMessage, readResult, relationOf, type Meeting } from './meetings.ts';

const READING = WidgetEventCapability.forRoomEvent(EventDirection.Receive, 'm.room.message').raw;
const SENDING = WidgetEventCapability.forRoomMessageEvent(EventDirection.Send, 'm.notice').raw;
const POWER = WidgetEventCapability.forStateEvent(EventDirection.Receive, 'm.room.power_levels').raw;
const FILES: string = MatrixCapabilities.MSC4039DownloadFile;

/** Messages are asked for in portions; a thread has few beyond its results and corrections. */
const PORTION = 100;
const MOST_PORTIONS = 10;
const MOST_MESSAGES = 1_000;

export interface Thread {
  /** In the order of time. */
  readonly messages: readonly ThreadMessage[];
  /** There is more than was loaded. */
  readonly older: boolean;
}

/** Results of a room's meetings, read through the messenger. */
export interface RoomResults {
  readonly media: TranscriptMedia;
  /** The messenger hands over files. */
  readonly files: boolean;
  /** The messenger lets us send corrections. */
  readonly sending: boolean;
  /** The newest first; those among the messages that the messenger has loaded. */
  meetings(): Promise<readonly Meeting[]>;
  thread(rootId: string): Promise<Thread>;
  /** Messages of a thread from now on. @returns a function that ends it */
  follow(rootId: string, listener: (message: ThreadMessage) => void): () => void;
  correct(rootId: string, correction: TranscriptCorrection, words: string): Promise<void>;
}

const relationsSchema = z.object({ chunk: z.array(z.unknown()), next_batch: z.optional(z.string()) });

/**
 * Asks the messenger for what reading takes.
 * @returns `refused` when it lets us read no messages, `noBots` when nobody says whose results may be believed
 */
export async function openRoomResults(access: ResultsAccess): Promise<RoomResults | 'refused' | 'noBots'> {
  const { host } = access;
  const { api, room, timeline } = host;
  const { roomId, userId } = host.parameters;
  const publishers = await access.bots();
  if (publishers === undefined) return 'noBots';
  const [versions, allowed] = await Promise.all([
    api.getClientVersions(),
    host.allow([READING, SENDING, POWER, FILES]),
  ]);
  if (!allowed.has(READING)) return 'refused';
  if (allowed.has(POWER)) {
    for (const event of await api.readStateEvents('m.room.power_levels', undefined, '', [roomId])) room.apply(event);
  }
  return createRoomResults({
    media: createFiles(api, userId, () => access.readingSession()),
    files: allowed.has(FILES) && versions.includes(UnstableApiVersion.MSC4039),
    sending: allowed.has(SENDING),
    publishers,
    roomId,
    loaded: () => api.readRoomEvents('m.room.message', MOST_MESSAGES, undefined, [roomId]),
    replies: (rootId, from) => api.readEventRelations(rootId, roomId, 'm.thread', 'm.room.message', PORTION, from),
    onEvent: (listener) => timeline.onEvent(listener),
    send: (content) => timeline.send('m.room.message', content),
  });
}

interface Source extends Pick<RoomResults, 'media' | 'files' | 'sending'> {
  readonly publishers: Publishers;
  readonly roomId: string;
  readonly loaded: () => Promise<readonly unknown[]>;
  /** The newest first. */
  readonly replies: (rootId: string, from: string | undefined) => Promise<unknown>;
  readonly onEvent: (listener: (event: RoomEvent) => void) => () => void;
  readonly send: (content: Readonly<Record<string, unknown>>) => Promise<string>;
}

export function createRoomResults(source: Source): RoomResults {
  const { publishers, roomId, files } = source;

  const read = (raw: unknown): ThreadMessage | undefined => {
    const event = parseMessage(raw);
    const message = event === undefined ? undefined : readResult(event, roomId, publishers);
    // What cannot be had is not offered.
    if (files || message?.attachment === undefined || message.attachment.source.kind === 'kept') return message;
    return message.block?.kind === 'recording' ? undefined : { ...message, attachment: undefined };
  };

  return {
    media: source.media,
    files,
    sending: source.sending,
    meetings: async () =>
      meetingsIn(
        (await source.loaded()).flatMap((raw) => parseMessage(raw) ?? []),
        publishers,
      ),
    async thread(rootId) {
      const newestFirst: ThreadMessage[] = [];
      let from: string | undefined;
      for (let portion = 0; portion < MOST_PORTIONS; portion += 1) {
        const { chunk, next_batch: next } = relationsSchema.parse(await source.replies(rootId, from));
        newestFirst.push(...chunk.flatMap((raw) => read(raw) ?? []));
        from = next;
        if (from === undefined) break;
      }
      return { messages: newestFirst.reverse(), older: from !== undefined };
    },
    follow: (rootId, listener) =>
      source.onEvent((event) => {
        const relation = relationOf(event);
        if (relation?.type !== 'm.thread' || relation.eventId !== rootId) return;
        const message = read(event);
        if (message !== undefined) listener(message);
      }),
    async correct(rootId, correction, words) {
      await source.send({
        msgtype: 'm.notice',
        body: words,
        'm.mentions': {},
        'm.relates_to': { rel_type: 'm.thread', event_id: rootId },
        [TRANSCRIPT_CORRECTION]: correction,
      });
    },
  };
}
