import * as z from 'zod/mini';
import { MEDIA_KEYS_EVENT, serverOf } from '@palabre/protocol';
import type { ToDeviceMessage } from '../host/index.ts';

/** `io.element.call.encryption_keys`, as Element Call and matrix-js-sdk send it. */
const contentSchema = z.object({
  keys: z.object({ index: z.int().check(z.minimum(0), z.maximum(255)), key: z.string().check(z.maxLength(128)) }),
  member: z.object({ claimed_device_id: z.string() }),
  room_id: z.string(),
});

export type KeyVerdict =
  /** Hand it to the session. */
  | 'accept'
  /** The sender is not in the call as far as we have heard: ask again when memberships change. */
  | 'hold'
  | 'drop';

export interface KeyGuardContext {
  readonly roomId: string;
  isJoined(userId: string): boolean;
  /** Does this user's device have an RTC membership, sent by that user? */
  hasMembership(userId: string, deviceId: string): boolean;
}

/**
 * Decides about a to-device message that may carry a media key. The widget does not see which device sent it, so it demands
 * at least Olm encryption, a sender who is joined to this room, and a membership of that sender for the claimed device:
 * otherwise anybody could put a key under somebody else's name. A sync brings to-device messages before the room's events, so
 * a key may be here before either.
 */
export function judgeKey(message: ToDeviceMessage, context: KeyGuardContext): KeyVerdict {
  if (message.type !== MEDIA_KEYS_EVENT || !message.encrypted) return 'drop';
  const content = contentSchema.safeParse(message.content);
  if (!content.success || content.data.room_id !== context.roomId) return 'drop';
  return context.isJoined(message.sender) &&
    context.hasMembership(message.sender, content.data.member.claimed_device_id)
    ? 'accept'
    : 'hold';
}

const HELD_FOR_EACH_SENDER = 8;
/** Of people whom we have not seen in the room. They have a number of their own: they cannot crowd out those whom we know. */
const HELD_OF_STRANGERS = 64;
const HELD_MS = 30_000;

export interface KeyGuard {
  /** @returns true when the session may see the message now */
  accept(message: ToDeviceMessage): boolean;
  /** Memberships have changed: delivers what was held and is now good. */
  reconsider(deliver: (message: ToDeviceMessage) => void): void;
}

interface HeldKey {
  readonly message: ToDeviceMessage;
  readonly atMs: number;
}

/** The keys of whoever holds most of these. */
function ofBusiest(held: readonly HeldKey[], nameOf: (sender: string) => string): readonly HeldKey[] {
  const groups = new Map<string, HeldKey[]>();
  for (const item of held) {
    const name = nameOf(item.message.sender);
    groups.set(name, [...(groups.get(name) ?? []), item]);
  }
  return [...groups.values()].reduce((most, group) => (group.length > most.length ? group : most), []);
}

/** Judges keys as they come and holds early ones, a few for each sender and not for long. */
export function createKeyGuard(context: KeyGuardContext, now: () => number = Date.now): KeyGuard {
  let held: HeldKey[] = [];
  const hold = (message: ToDeviceMessage): void => {
    held = held.filter((item) => now() - item.atMs < HELD_MS);
    if (held.filter((item) => item.message.sender === message.sender).length >= HELD_FOR_EACH_SENDER) return;
    held.push({ message, atMs: now() });
    const strangers = held.filter((item) => !context.isJoined(item.message.sender));
    if (strangers.length <= HELD_OF_STRANGERS) return;
    // Somebody who is just joining is a stranger too: room is made by whoever takes most of it.
    const [oldest] = ofBusiest(
      ofBusiest(strangers, (sender) => serverOf(sender) ?? ''),
      (sender) => sender,
    );
    held = held.filter((item) => item !== oldest);
  };
  return {
    accept(message) {
      const verdict = judgeKey(message, context);
      if (verdict === 'hold') hold(message);
      return verdict === 'accept';
    },
    reconsider(deliver) {
      const before = held;
      held = [];
      for (const item of before) {
        if (now() - item.atMs >= HELD_MS) continue;
        const verdict = judgeKey(item.message, context);
        if (verdict === 'accept') deliver(item.message);
        else if (verdict === 'hold') held.push(item);
      }
    },
  };
}
