import { Direction } from 'matrix-js-sdk';
import type { MatrixClient, Room } from 'matrix-js-sdk';
import type { IReadEventRelationsResult, IRoomEvent } from 'matrix-widget-api';
import { wireFormat } from './wire-format.ts';
import type { ResultMessages } from './result-messages.ts';

/** What a widget may ask of a room's past. */
export interface TimelineWish {
  readonly eventType: string;
  readonly msgtype: string | undefined;
  readonly stateKey: string | undefined;
  readonly limit: number;
  readonly since: string | undefined;
}

/** Events of the loaded timeline, newest first. */
export function readTimelineEvents(room: Room, wish: TimelineWish, messages: ResultMessages): IRoomEvent[] {
  const { eventType, msgtype, stateKey, limit, since } = wish;
  const found: IRoomEvent[] = [];
  for (const event of room.getLiveTimeline().getEvents().toReversed()) {
    if (found.length >= (limit > 0 ? limit : Infinity) || (since !== undefined && event.getId() === since)) break;
    if (event.getType() !== eventType || event.isState() !== (stateKey !== undefined)) continue;
    if (msgtype !== undefined && event.getContent().msgtype !== msgtype) continue;
    if (stateKey !== undefined && event.getStateKey() !== stateKey) continue;
    const shown = messages.show(event);
    if (shown !== undefined) found.push(shown);
  }
  return found;
}

/** Current state of one type, or of one key of it. */
export async function readStateEvents(
  room: Room,
  eventType: string,
  stateKey: string | undefined,
): Promise<IRoomEvent[]> {
  if (eventType === 'm.room.member') {
    // Members are loaded lazily; a call ignores people it has no member event of.
    await room.loadMembersIfNeeded();
    // Not the state's own events: those of members that were read anew stay there as they were before.
    const members = stateKey === undefined ? room.getMembers() : [room.getMember(stateKey)];
    return members.flatMap((member) => member?.events.member ?? []).map(wireFormat);
  }
  const state = room.getLiveTimeline().getState(Direction.Forward);
  if (state === undefined) return [];
  if (stateKey === undefined) return state.getStateEvents(eventType).map(wireFormat);
  const event = state.getStateEvents(eventType, stateKey);
  return event === null ? [] : [wireFormat(event)];
}

export interface RelationsWish {
  readonly eventId: string;
  readonly relationType: string | undefined;
  readonly eventType: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly limit: number | undefined;
  readonly direction: 'f' | 'b' | undefined;
}

/** Events that relate to another one, from the homeserver. */
export async function readRelations(
  client: MatrixClient,
  roomId: string,
  wish: RelationsWish,
  messages: ResultMessages,
): Promise<IReadEventRelationsResult> {
  const { from, to, limit, direction } = wish;
  const { events, nextBatch, prevBatch } = await client.relations(
    roomId,
    wish.eventId,
    wish.relationType ?? null,
    wish.eventType ?? null,
    {
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(limit === undefined ? {} : { limit }),
      ...(direction === undefined ? {} : { dir: direction === 'f' ? Direction.Forward : Direction.Backward }),
    },
  );
  return {
    chunk: events.flatMap((event) => messages.show(event) ?? []),
    ...(typeof nextBatch === 'string' ? { nextBatch } : {}),
    ...(typeof prevBatch === 'string' ? { prevBatch } : {}),
  };
}
