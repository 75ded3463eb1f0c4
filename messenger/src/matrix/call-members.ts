import { ownsCallMemberKey } from '@palabre/protocol';
import * as z from 'zod/mini';

/** Someone's device in the call of a room, as far as it can be believed. */
export interface CallMember {
  readonly userId: string;
  readonly deviceId: string;
  readonly sinceMs: number;
}

/** An event that may be an RTC membership; `stateKey` is undefined for the sticky kind. */
export interface MembershipEvent {
  readonly sender: string;
  readonly stateKey?: string | undefined;
  readonly originServerTsMs: number;
  readonly content: unknown;
}

const transportsSchema = z.array(z.looseObject({ type: z.string() }));

/** MSC3401 in the shape of MSC4143's compatibility mode: one state event for each device. */
const stateSchema = z.object({
  application: z.literal('m.call'),
  call_id: z.literal(''),
  device_id: z.string(),
  created_ts: z.optional(z.number()),
  expires: z.optional(z.number()),
  foci_preferred: transportsSchema,
});

/** MSC4143 over sticky events; transports in the old or the new shape. */
const stickySchema = z.object({
  slot_id: z.literal('m.call#ROOM'),
  member: z.object({ id: z.string(), user_id: z.optional(z.string()), device_id: z.optional(z.string()) }),
});

const DEFAULT_LIFETIME_MS = 4 * 60 * 60 * 1000;
/** A sender's clock may run ahead of ours; a call cannot have begun in the future. */
const notBefore = (time: number, nowMs: number): number => Math.min(time, nowMs);

function readState(event: MembershipEvent, nowMs: number): CallMember | undefined {
  const parsed = stateSchema.safeParse(event.content);
  if (!parsed.success) return undefined;
  const { device_id: deviceId, created_ts: createdTs, expires } = parsed.data;
  if (!ownsCallMemberKey(event.sender, event.stateKey ?? '')) return undefined;
  const begunMs = notBefore(createdTs ?? event.originServerTsMs, nowMs);
  if (begunMs + (expires ?? DEFAULT_LIFETIME_MS) <= nowMs) return undefined;
  return { userId: event.sender, deviceId, sinceMs: begunMs };
}

function readSticky(event: MembershipEvent, nowMs: number): CallMember | undefined {
  const parsed = stickySchema.safeParse(event.content);
  if (!parsed.success) return undefined;
  const { member } = parsed.data;
  if (member.user_id !== undefined && member.user_id !== event.sender) return undefined;
  return {
    userId: event.sender,
    deviceId: member.device_id ?? member.id,
    sinceMs: notBefore(event.originServerTsMs, nowMs),
  };
}

/**
 * Who is in the call of a room: valid, unexpired memberships of people who are joined to the room, oldest first, one for each
 * device. Whoever was kicked leaves a membership behind that nobody clears; it counts for nothing.
 */
export function callMembersOf(
  events: readonly MembershipEvent[],
  isJoined: (userId: string) => boolean,
  nowMs: number,
): readonly CallMember[] {
  const byDevice = new Map<string, CallMember>();
  for (const event of events) {
    const member = event.stateKey === undefined ? readSticky(event, nowMs) : readState(event, nowMs);
    if (member === undefined || !isJoined(member.userId)) continue;
    const key = JSON.stringify([member.userId, member.deviceId]);
    const known = byDevice.get(key);
    if (known === undefined || member.sinceMs < known.sinceMs) byDevice.set(key, member);
  }
  return [...byDevice.values()].sort((a, b) => a.sinceMs - b.sinceMs || (a.userId < b.userId ? -1 : 1));
}
