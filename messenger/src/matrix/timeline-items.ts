import { CALL_MEMBER_EVENT, RTC_MEMBER_EVENT } from '@palabre/protocol';
import type { ResultBlock, TranscriptCorrection } from '@palabre/protocol';
import { Direction, EventStatus } from 'matrix-js-sdk';
import type { MatrixEvent, Room } from 'matrix-js-sdk';
import { DecryptionFailureCode } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { deletedIn, readCorrection, type DeletedResult } from '@palabre/transcript/documents';
import type { Change, MessageItem, Reaction, TimelineItem } from '../store/model.ts';
import { readAttachment } from '@palabre/transcript/documents';
import { callHistoryOf } from './call-history.ts';
import type { HistoryEvent } from './call-history.ts';
import { personIn } from './people.ts';
import { blockOf } from './result-blocks.ts';
import type { ReadingContext } from './result-blocks.ts';
import { countAside } from './thread-count.ts';
import { threadOf } from './thread-of.ts';

const HISTORICAL = new Set<DecryptionFailureCode>([
  DecryptionFailureCode.HISTORICAL_MESSAGE_BACKUP_UNCONFIGURED,
  DecryptionFailureCode.HISTORICAL_MESSAGE_NO_KEY_BACKUP,
  DecryptionFailureCode.HISTORICAL_MESSAGE_USER_NOT_JOINED,
  DecryptionFailureCode.HISTORICAL_MESSAGE_WORKING_BACKUP,
]);

function memberChange(event: MatrixEvent, room: Room): Change | undefined {
  const whomId = event.getStateKey() ?? '';
  const whom = personIn(room, whomId).name;
  const before = event.getPrevContent();
  const after = event.getContent();
  const self = event.getSender() === whomId;
  const reason = typeof after.reason === 'string' && after.reason.trim() !== '' ? { reason: after.reason } : {};
  switch (after.membership) {
    case 'join':
      if (before.membership !== 'join') return { code: 'joined', whom };
      return typeof before.displayname === 'string' && before.displayname !== after.displayname
        ? {
            code: 'renamed',
            from: before.displayname,
            to: typeof after.displayname === 'string' ? after.displayname : whom,
          }
        : undefined;
    case 'invite':
      return { code: 'invited', whom };
    case 'ban':
      return { code: 'banned', whom, ...reason };
    case 'leave':
      if (before.membership === 'ban') return { code: 'unbanned', whom };
      if (!self) return { code: 'kicked', whom, ...reason };
      return { code: before.membership === 'invite' ? 'declined' : 'left', whom, ...reason };
    default:
      return undefined;
  }
}

function stateChange(event: MatrixEvent, room: Room): Change | undefined {
  const content = event.getContent();
  switch (event.getType()) {
    case 'm.room.create':
      return { code: 'created' };
    case 'm.room.encryption':
      return { code: 'encrypted' };
    case 'm.room.name':
      return { code: 'named', text: String(content.name ?? '') };
    case 'm.room.topic':
      return { code: 'topic', text: String(content.topic ?? '') };
    case 'm.room.member':
      return memberChange(event, room);
    default:
      return undefined;
  }
}

function reactionsTo(eventId: string, context: ReadingContext): readonly Reaction[] {
  const relations = context.room.relations.getChildEventsForEvent(eventId, 'm.annotation', 'm.reaction');
  return (relations?.getSortedAnnotationsByKey() ?? [])
    .map(([symbol, events]) => {
      const live = [...events].filter((event) => !event.isRedacted());
      const mine = live.find((event) => event.getSender() === context.myUserId);
      return {
        symbol,
        names: live.map((event) => personIn(context.room, event.getSender() ?? '').name),
        mineId: mine?.getId(),
        mineMs: mine?.getTs(),
      };
    })
    .filter((reaction) => reaction.names.length > 0);
}

function withoutQuote(body: string): string {
  // Clients before 2024 repeat what they answer to, each line with "> ", before their own words.
  return body.startsWith('> ') ? body.replace(/^(?:> .*\n)+\n?/, '') : body;
}

function correctionOf(event: MatrixEvent, { room }: ReadingContext): TranscriptCorrection | undefined {
  const origin = { encrypted: event.isEncrypted(), roomEncrypted: room.hasEncryptionStateEvent() };
  // As it was sent: what its sender might do then says nothing of what they write into it later.
  return readCorrection(origin, event.getOriginalContent());
}

function readMessage(event: MatrixEvent, context: ReadingContext): Omit<MessageItem, keyof Base> {
  const content = event.getContent();
  const id = event.getId() ?? '';
  const status = event.status;
  const correction = correctionOf(event, context);
  return {
    kind: 'message',
    style: content.msgtype === 'm.notice' ? 'notice' : content.msgtype === 'm.emote' ? 'emote' : 'text',
    body: typeof content.body === 'string' ? withoutQuote(content.body) : '',
    attachment: readAttachment(content, { roomId: context.room.roomId, sender: event.getSender() ?? '' }),
    block: blockOf(event, context),
    ...(correction === undefined ? {} : { correction }),
    edited: event.replacingEvent() !== null,
    removable:
      context.room.getLiveTimeline().getState(Direction.Forward)?.maySendRedactionForEvent(event, context.myUserId) ??
      false,
    state:
      status === EventStatus.NOT_SENT || status === EventStatus.CANCELLED
        ? 'failed'
        : status === null || status === EventStatus.SENT
          ? 'sent'
          : 'sending',
    replies: 0,
    results: [],
    latestReplyMs: undefined,
    reactions: reactionsTo(id, context),
  };
}

type Base = Pick<MessageItem, 'key' | 'id' | 'sentMs' | 'sender' | 'mine'>;

/** One event as an item. @returns undefined for what a timeline does not show */
export function readItem(event: MatrixEvent, context: ReadingContext): TimelineItem | undefined {
  const id = event.getId() ?? '';
  const base: Base = {
    key: event.getTxnId() ?? id,
    id,
    sentMs: event.getTs(),
    sender: personIn(context.room, event.getSender() ?? ''),
    mine: event.getSender() === context.myUserId,
  };
  if (event.getRelation()?.rel_type === 'm.replace') return undefined;
  if (event.isState()) {
    const change = stateChange(event, context.room);
    return change === undefined ? undefined : { ...base, kind: 'change', change };
  }
  const wireType = event.getWireType();
  if (event.isRedacted()) {
    return wireType === 'm.room.message' || wireType === 'm.room.encrypted' ? { ...base, kind: 'removed' } : undefined;
  }
  // Of a meeting's message that was sent before this device had keys, a later edit may be readable here.
  if (event.isDecryptionFailure() && blockOf(event, context)?.kind !== 'meeting') {
    const reason = event.decryptionFailureReason;
    return { ...base, kind: 'unreadable', reason: reason !== null && HISTORICAL.has(reason) ? 'history' : 'waiting' };
  }
  return event.getType() === 'm.room.message' ? { ...base, ...readMessage(event, context) } : undefined;
}

function historyEvent(event: MatrixEvent): HistoryEvent | undefined {
  const base = {
    id: event.getId() ?? '',
    sender: event.getSender() ?? '',
    stateKey: event.getStateKey() ?? '',
    sentMs: event.getTs(),
    content: event.getContent(),
  };
  if (event.getType() === CALL_MEMBER_EVENT) return { ...base, type: 'call-member' };
  // A sticky membership (MSC4354) belongs to its sender, whatever its key.
  const stickyKey: unknown = event.getContent()['msc4354_sticky_key'];
  if (event.getType() === RTC_MEMBER_EVENT && typeof stickyKey === 'string')
    return { ...base, type: 'call-member', stateKey: `${base.sender}_${stickyKey}` };
  const membership: unknown = event.getContent().membership;
  return event.getType() === 'm.room.member' && (membership === 'leave' || membership === 'ban')
    ? { ...base, type: 'room-leave' }
    : undefined;
}

/** Deleted results leave many messages behind, which say nothing: the watcher tells that they were deleted. */
export function isRemovedResult(item: TimelineItem, { publishers }: ReadingContext): boolean {
  return item.kind === 'removed' && item.sender.userId === publishers.scribeUserId;
}

/** What the room's timeline holds of one thread. */
interface Replies {
  readonly ids: Set<string>;
  readonly items: TimelineItem[];
  readonly results: MessageItem[];
  latestMs: number;
}

const RESULTS = new Set<ResultBlock['kind'] | undefined>(['recording', 'transcript', 'minutes']);

const isResult = (item: TimelineItem): item is MessageItem => item.kind === 'message' && RESULTS.has(item.block?.kind);

/** What the watcher says of meetings. */
interface Told {
  /** Their results cannot come: the scribe is where it can say no more. */
  readonly refused: ReadonlySet<string>;
  readonly deleted: ReadonlyMap<string, readonly DeletedResult[]>;
}

function toldIn(events: readonly MatrixEvent[], context: ReadingContext): Told {
  const blocks = events.map((event) => blockOf(event, context));
  const refused = blocks.flatMap((block) =>
    block?.kind === 'notice' && block.code === 'results_refused' ? (block.meeting_id ?? []) : [],
  );
  return { refused: new Set(refused), deleted: deletedIn(blocks) };
}

function withTold(item: MessageItem, { refused, deleted }: Told): MessageItem {
  const { block } = item;
  if (block?.kind !== 'meeting') return item;
  const gone = deleted.get(block.meeting_id);
  return {
    ...item,
    ...(refused.has(block.meeting_id) ? { block: { ...block, preparing: undefined } } : {}),
    ...(gone === undefined ? {} : { deleted: gone }),
  };
}

/** The root of a thread as its panel shows it. @param items what was said in the thread */
export function readRoot(
  event: MatrixEvent,
  items: readonly TimelineItem[],
  context: ReadingContext,
): TimelineItem | undefined {
  const root = readItem(event, context);
  if (root?.kind !== 'message') return root;
  const told = toldIn(context.room.getLiveTimeline().getEvents(), context);
  return { ...withTold(root, told), results: items.filter(isResult) };
}

/**
 * The room's own timeline: messages, changes and calls, without what was said in threads (their roots count the answers).
 * @param callRunning whether the room's state says that somebody is in a call
 */
export function readTimeline(
  events: readonly MatrixEvent[],
  context: ReadingContext,
  callRunning: boolean,
): readonly TimelineItem[] {
  const replies = new Map<string, Replies>();
  /** Messages that others answer, or that are edits of them. */
  const referred = new Set<string | undefined>();
  for (const event of events) {
    const thread = threadOf(event);
    if (!event.isRedacted()) referred.add(event.getRelation()?.event_id);
    if (thread === undefined || event.isRedacted()) continue;
    const known = replies.get(thread) ?? { ids: new Set(), items: [], results: [], latestMs: 0 };
    known.ids.add(event.getId() ?? '');
    const item = readItem(event, context);
    if (item !== undefined) known.items.push(item);
    if (item !== undefined && isResult(item)) known.results.push(item);
    known.latestMs = Math.max(known.latestMs, event.getTs());
    replies.set(thread, known);
  }
  const calls = callHistoryOf(
    events.map(historyEvent).filter((event) => event !== undefined),
    context.publishers.scribeUserId,
  );
  const callByStart = new Map(calls.map((call) => [call.startEventId, call]));
  const told = toldIn(events, context);
  const items: TimelineItem[] = [];
  for (const event of events) {
    const id = event.getId() ?? '';
    const call = callByStart.get(id);
    if (call !== undefined) {
      items.push({
        kind: 'call',
        key: id,
        id,
        sentMs: call.startMs,
        sender: personIn(context.room, call.starterId),
        mine: call.starterId === context.myUserId,
        endMs: call.endMs,
        running: call === calls.at(-1) && call.endMs === undefined && callRunning,
        people: call.peopleIds.map((userId) => personIn(context.room, userId)),
      });
      continue;
    }
    if (threadOf(event) !== undefined) continue;
    const read = readItem(event, context);
    if (read === undefined || (isRemovedResult(read, context) && !referred.has(id))) continue;
    const item = read.kind === 'message' ? withTold(read, told) : read;
    items.push(withThread(item, replies.get(id), context));
  }
  return items;
}

/** @param seen all answers: none is older than what it answers, and the timeline has no holes */
function withThread(item: TimelineItem, seen: Replies | undefined, { publishers }: ReadingContext): TimelineItem {
  // The server's own count has files and corrections in it, and what was removed since it was told.
  const replies = seen === undefined ? 0 : seen.ids.size - countAside(seen.items);
  const results = seen?.results ?? [];
  if (item.kind === 'message') return { ...item, replies, results, latestReplyMs: seen?.latestMs };
  const isMeeting = item.kind === 'unreadable' && item.sender.userId === publishers.scribeUserId && results.length > 0;
  return isMeeting ? { ...item, meeting: { replies, results } } : item;
}

/** Keeps the objects of `before` where nothing changed, so that what draws them can skip the work. */
export function reuseUnchanged(
  before: readonly TimelineItem[],
  after: readonly TimelineItem[],
): readonly TimelineItem[] {
  const known = new Map(before.map((item) => [item.key, item]));
  let same = before.length === after.length;
  const result = after.map((item, index) => {
    const old = known.get(item.key);
    const kept = old !== undefined && JSON.stringify(old) === JSON.stringify(item) ? old : item;
    if (kept !== before[index]) same = false;
    return kept;
  });
  return same ? before : result;
}
