import {
  TRANSCRIPT_CORRECTION,
  type EarlierMeetings,
  type MeetingBlock,
  type TranscriptCorrection,
} from '@palabre/protocol';
import type { Publishers, ThreadMessage } from '@palabre/transcript/documents';
import { EventDirection, MatrixCapabilities, UnstableApiVersion, WidgetEventCapability } from 'matrix-widget-api';
import * as z from 'zod/mini';
import type { ResultsAccess } from '../../call/index.ts';
import type { RoomEvent } from '../../host/index.ts';
import { createFiles, type ResultFiles } from './files.ts';
import {
  deletionsIn,
  joinMeetings,
  meetingsIn,
  newestBlock,
  parseMessage,
  readResult,
  relationOf,
  type Meeting,
} from './meetings.ts';

const READING = WidgetEventCapability.forRoomEvent(EventDirection.Receive, 'm.room.message').raw;
const SENDING = WidgetEventCapability.forRoomMessageEvent(EventDirection.Send, 'm.notice').raw;
const POWER = WidgetEventCapability.forStateEvent(EventDirection.Receive, 'm.room.power_levels').raw;
const FILES: string = MatrixCapabilities.MSC4039DownloadFile;

/** Messages are asked for in portions; a thread has few beyond its results and corrections. */
const PORTION = 100;
const MOST_PORTIONS = 10;
const MOST_MESSAGES = 1_000;
/** Of edits, the newest that we believe is enough. Anybody may have sent others, and the messenger may have left them out of a portion. */
const EDITS = 50;
/** Of the bridge's pages, some may hold nothing for this person: so many are passed over at a time. */
const MOST_EMPTY_PAGES = 5;

export interface Thread {
  /** In the order of time. */
  readonly messages: readonly ThreadMessage[];
  /** There is more than was loaded. */
  readonly older: boolean;
}

export interface MeetingPage {
  /** The newest first. */
  readonly meetings: readonly Meeting[];
  /** Where the next page begins; undefined: there is none. */
  readonly nextMs: number | undefined;
}

/** Results of a room's meetings, read through the messenger. */
export interface RoomResults {
  readonly media: ResultFiles;
  /** The messenger hands over files. */
  readonly files: boolean;
  /** The messenger lets us send corrections. */
  readonly sending: boolean;
  /** Meetings among the messages that the messenger has loaded. */
  loaded(): Promise<readonly Meeting[]>;
  /** Meetings that our own bridge has posted about, wherever they are in the room. @throws when it cannot be asked */
  earlier(beforeMs?: number): Promise<MeetingPage>;
  /** What is told of a meeting, and by the loaded messages of what was deleted; no block where the messenger cannot read that. */
  told(rootId: string): Promise<Pick<Meeting, 'block' | 'deleted'>>;
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
    edits: (rootId, from) => api.readEventRelations(rootId, roomId, 'm.replace', 'm.room.message', EDITS, from),
    posted: (beforeMs) => access.earlier(beforeMs),
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
  /** The newest first. */
  readonly edits: (rootId: string, from: string | undefined) => Promise<unknown>;
  readonly posted: (beforeMs: number | undefined) => Promise<EarlierMeetings>;
  readonly onEvent: (listener: (event: RoomEvent) => void) => () => void;
  readonly send: (content: Readonly<Record<string, unknown>>) => Promise<string>;
}

const messagesIn = (raw: readonly unknown[]): readonly RoomEvent[] => raw.flatMap((each) => parseMessage(each) ?? []);

export function createRoomResults(source: Source): RoomResults {
  const { publishers, roomId, files } = source;

  const read = (raw: unknown): ThreadMessage | undefined => {
    const event = parseMessage(raw);
    const message = event === undefined ? undefined : readResult(event, roomId, publishers);
    // What cannot be had is not offered.
    if (files || message?.attachment === undefined || message.attachment.source.kind === 'kept') return message;
    return message.block?.kind === 'recording' ? undefined : { ...message, attachment: undefined };
  };

  let deletions = deletionsIn([], publishers);
  const blockOf = async (rootId: string): Promise<MeetingBlock | undefined> => {
    let from: string | undefined;
    for (let portion = 0; portion < MOST_PORTIONS; portion += 1) {
      const { chunk, next_batch: next } = relationsSchema.parse(await source.edits(rootId, from));
      const block = newestBlock(messagesIn(chunk), publishers);
      if (block !== undefined || next === undefined) return block;
      from = next;
    }
    return undefined;
  };

  return {
    media: source.media,
    files,
    sending: source.sending,
    async loaded() {
      const messages = messagesIn(await source.loaded());
      deletions = deletionsIn(messages, publishers);
      return meetingsIn(messages, publishers, deletions);
    },
    earlier: async (beforeMs) => {
      let meetings: readonly Meeting[] = [];
      let nextMs = beforeMs;
      for (let page = 0; page < MOST_EMPTY_PAGES && meetings.length === 0; page += 1) {
        const { meetings: posted, next_before_ms: next } = await source.posted(nextMs);
        const named = posted.map(({ event_id: rootId, started_ms: startedMs }) => ({
          rootId,
          startedMs,
          block: undefined,
          deleted: [],
        }));
        meetings = joinMeetings(meetings, named);
        nextMs = next;
        if (nextMs === undefined) break;
      }
      return { meetings, nextMs };
    },
    async told(rootId) {
      const block = await blockOf(rootId);
      return { block, deleted: (block === undefined ? undefined : deletions.get(block.meeting_id)) ?? [] };
    },
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
