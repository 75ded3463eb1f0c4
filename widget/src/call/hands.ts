import { CALL_REACTION_EVENT, isRaisedHand } from '@palabre/protocol';
import * as z from 'zod/mini';
import type { RoomEvent } from '../host/index.ts';
import type { RtcMember } from './membership.ts';
import { personId } from './people.ts';

/** "My hand is up", as somebody said it in the room, about whatever event. */
export interface HandReaction {
  readonly eventId: string;
  readonly sender: string;
  /** The event it stands on. */
  readonly target: string;
  readonly raisedMs: number;
  /** Whose membership it stands on, once that was seen. */
  readonly personId?: string;
  /** Since when that membership is announced by another event. */
  readonly strayMs?: number | undefined;
}

/** A hand that is up. */
export interface RaisedHand {
  readonly personId: string;
  /** The reaction; its redaction lowers the hand. */
  readonly eventId: string;
  readonly raisedMs: number;
}

const annotationSchema = z.object({
  'm.relates_to': z.object({ rel_type: z.literal('m.annotation'), event_id: z.string(), key: z.string() }),
});
const referenceSchema = z.object({
  'm.relates_to': z.object({ rel_type: z.literal('m.reference'), event_id: z.string() }),
  emoji: z.string(),
});
const redactsSchema = z.object({ redacts: z.string() });

/**
 * Reads a reaction as a raised hand. @param raisedMs when it was raised, by our own clock: those of other servers may be wrong, and
 * a wrong clock must not be first in the queue
 */
export function handReactionOf(event: RoomEvent, raisedMs: number): HandReaction | undefined {
  if (event.type !== 'm.reaction') return undefined;
  const reaction = annotationSchema.safeParse(event.content);
  if (!reaction.success) return undefined;
  const { key, event_id: target } = reaction.data['m.relates_to'];
  return isRaisedHand(key) ? { eventId: event.event_id, sender: event.sender, target, raisedMs } : undefined;
}

/** The event that a redaction takes back; the homeserver passes on only those of senders who may. */
export function redactedBy(event: RoomEvent): string | undefined {
  if (event.type !== 'm.room.redaction') return undefined;
  const content = redactsSchema.safeParse(event.content);
  return content.success ? content.data.redacts : event.redacts;
}

/**
 * How long a hand stays up after its membership was sent anew. Its owner, if they are still there, raises it again on the new event; a
 * page that came in the place of one that died does not.
 */
export const STRAY_HAND_MS = 45_000;

/**
 * Sees whose the reactions are: each by the member itself, to its membership. Anybody can react to anything; a hand that somebody
 * else raises counts for nothing. Those of people who have left, or who raised it again, are no longer among them. Whoever raised it
 * again without lowering it has their place in the queue.
 */
export function ownedHands(
  reactions: Iterable<HandReaction>,
  members: readonly RtcMember[],
  nowMs: number,
): readonly HandReaction[] {
  const present = new Set(members.map((member) => personId(member.userId, member.deviceId)));
  const owned = new Map<string, HandReaction>();
  for (const reaction of reactions) {
    const member = members.find((item) => item.eventId === reaction.target && item.userId === reaction.sender);
    const id = reaction.personId ?? (member && personId(member.userId, member.deviceId));
    const strayMs = member === undefined ? (reaction.strayMs ?? nowMs) : undefined;
    if (id === undefined) owned.set(reaction.eventId, reaction);
    else if (present.has(id) && nowMs < (strayMs ?? nowMs) + STRAY_HAND_MS) {
      const raisedMs = Math.min(reaction.raisedMs, owned.get(id)?.raisedMs ?? Infinity);
      owned.set(id, { ...reaction, personId: id, strayMs, raisedMs });
    }
  }
  return [...owned.values()];
}

/** Of these, hands that are up, first raised first. @param owned as {@link ownedHands} gives them */
export function raisedHands(owned: readonly HandReaction[]): readonly RaisedHand[] {
  const hands = owned.flatMap(({ personId: id, eventId, raisedMs }) =>
    id === undefined ? [] : [{ personId: id, eventId, raisedMs }],
  );
  return hands.sort((a, b) => a.raisedMs - b.raisedMs || (a.eventId < b.eventId ? -1 : 1));
}

/** Longest sequence of code units that is one emoji; beyond it, somebody heaps marks on a character. */
const LONGEST_EMOJI = 16;

/** The first character of `text` if it is an emoji: what others send is shown large, and must not be words. */
export function emojiOf(text: string): string | undefined {
  const [first] = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text.slice(0, 64));
  const emoji = first?.segment ?? '';
  return emoji.length <= LONGEST_EMOJI && /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(emoji)
    ? emoji
    : undefined;
}

/** Reads an emoji that a member of the call sends about their own membership. */
export function emojiReactionOf(
  event: RoomEvent,
  members: readonly RtcMember[],
): { readonly personId: string; readonly emoji: string } | undefined {
  if (event.type !== CALL_REACTION_EVENT) return undefined;
  const content = referenceSchema.safeParse(event.content);
  if (!content.success) return undefined;
  const target = content.data['m.relates_to'].event_id;
  const member = members.find((item) => item.eventId === target && item.userId === event.sender);
  const emoji = emojiOf(content.data.emoji);
  return member === undefined || emoji === undefined
    ? undefined
    : { personId: personId(member.userId, member.deviceId), emoji };
}
