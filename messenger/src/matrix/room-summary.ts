import { CALL_MEMBER_EVENT, RTC_MEMBER_EVENT, serverOf } from '@palabre/protocol';
import { Direction, KnownMembership, NotificationCountType } from 'matrix-js-sdk';
import type { MatrixEvent, Room } from 'matrix-js-sdk';
import type { CallSummary, Person, Preview, RoomSummary, TimelineItem } from '../store/model.ts';
import { callMembersOf } from './call-members.ts';
import type { MembershipEvent } from './call-members.ts';
import { personIn } from './people.ts';
import { readItem } from './timeline-items.ts';
import { runningMeeting, workOf } from './result-blocks.ts';
import type { ReadingContext } from './result-blocks.ts';

function membershipEvent(event: MatrixEvent): MembershipEvent {
  return {
    sender: event.getSender() ?? '',
    stateKey: event.getStateKey(),
    originServerTsMs: event.getTs(),
    content: event.getContent(),
  };
}

/** Memberships written in `room`, of both kinds, whoever wrote them. */
export function membershipEventsOf(room: Room): readonly MembershipEvent[] {
  const state = room.getLiveTimeline().getState(Direction.Forward);
  const sticky = [...room._unstable_getStickyEvents()].filter((event) => event.getType() === RTC_MEMBER_EVENT);
  return [...(state?.getStateEvents(CALL_MEMBER_EVENT) ?? []), ...sticky].map(membershipEvent);
}

/** Senders of memberships about whose own place in the room nothing is known yet (members are loaded lazily). */
export function unknownCallers(room: Room): boolean {
  return membershipEventsOf(room).some((event) => room.getMember(event.sender) === null);
}

/** The call of a room now. @returns undefined when nobody but the scribe is in */
export function callSummaryOf(context: ReadingContext, myDeviceId: string, nowMs: number): CallSummary | undefined {
  const { room, myUserId, publishers } = context;
  const members = callMembersOf(
    membershipEventsOf(room),
    (userId) => room.getMember(userId)?.membership === KnownMembership.Join,
    nowMs,
  );
  const people = new Map<string, Person & { sinceMs: number }>();
  for (const member of members) {
    if (member.userId === publishers.scribeUserId || people.has(member.userId)) continue;
    people.set(member.userId, { ...personIn(room, member.userId), sinceMs: member.sinceMs });
  }
  const [first] = people.values();
  if (first === undefined) return undefined;
  const scribe = members.some((member) => member.userId === publishers.scribeUserId);
  const meeting = scribe ? runningMeeting(context) : undefined;
  return {
    people: [...people.values()],
    // Whoever began it may be gone.
    sinceMs: Math.min(first.sinceMs, meeting?.started_ms ?? first.sinceMs),
    here: members.some((member) => member.userId === myUserId && member.deviceId === myDeviceId),
    scribe,
    kept: meeting === undefined ? undefined : workOf(meeting),
  };
}

function previewOf(item: TimelineItem): Preview | undefined {
  const base = { senderName: item.sender.name, mine: item.mine };
  switch (item.kind) {
    case 'message':
      if (item.block?.kind === 'notice') return { ...base, kind: 'notice', text: item.body, code: item.block.code };
      if (item.block !== undefined) return { ...base, kind: item.block.kind, text: item.body };
      return item.attachment === undefined
        ? { ...base, kind: 'text', text: item.body }
        : { ...base, kind: item.attachment.type, text: item.attachment.name };
    case 'unreadable':
      return { ...base, kind: 'unreadable', text: '' };
    case 'removed':
      return { ...base, kind: 'removed', text: '' };
    case 'change':
    case 'call':
      return undefined;
  }
}

/** The newest event that counts as something said, thread answers included. */
function newestSaid(context: ReadingContext): { event: MatrixEvent; item: TimelineItem } | undefined {
  for (const event of context.room.getLiveTimeline().getEvents().toReversed()) {
    if (event.isState()) continue;
    const item = readItem(event, context);
    if (item !== undefined) return { event, item };
  }
  return undefined;
}

/** Where an upgraded room has gone to, and a server that knows the way. */
function successorOf(room: Room): RoomSummary['successor'] {
  const tombstone = room.getLiveTimeline().getState(Direction.Forward)?.getStateEvents('m.room.tombstone', '');
  const roomId: unknown = tombstone?.getContent().replacement_room;
  const via = serverOf(tombstone?.getSender() ?? '');
  return typeof roomId === 'string' && via !== undefined ? { roomId, via } : undefined;
}

/** What the room list shows of a room. @returns undefined for rooms that are left or banned from */
export function readRoom(context: ReadingContext, myDeviceId: string, nowMs: number): RoomSummary | undefined {
  const { room, myUserId } = context;
  const membership: string = room.getMyMembership();
  if (membership !== 'join' && membership !== 'invite') return undefined;
  const newest = newestSaid(context);
  const newestId = newest?.event.getId();
  const inviterId = room.getMember(myUserId)?.events.member?.getSender();
  return {
    id: room.roomId,
    membership,
    name: room.name,
    avatarMxc: room.getMxcAvatarUrl() ?? undefined,
    encrypted: room.hasEncryptionStateEvent(),
    // After a join over federation the homeserver's count may stay behind; those who are known are there.
    memberCount: Math.max(room.getJoinedMemberCount(), room.getJoinedMembers().length),
    unread:
      newest !== undefined && newestId !== undefined && !newest.item.mine && !room.hasUserReadEvent(myUserId, newestId),
    notifications: room.getUnreadNotificationCount(NotificationCountType.Total),
    highlights: room.getUnreadNotificationCount(NotificationCountType.Highlight),
    lastMs: newest?.item.sentMs ?? room.getLastActiveTimestamp(),
    preview: newest === undefined ? undefined : previewOf(newest.item),
    inviter: membership === 'invite' && inviterId !== undefined ? personIn(room, inviterId) : undefined,
    call: membership === 'join' ? callSummaryOf(context, myDeviceId, nowMs) : undefined,
    successor: successorOf(room),
  };
}
