import * as z from 'zod/mini';
import { CALL_MEMBER_EVENT, ownsCallMemberKey } from '@palabre/protocol';

/** The envelope of a room event as the messenger hands it over; contents are checked by whoever reads them. */
export const roomEventSchema = z.object({
  type: z.string(),
  sender: z.string(),
  event_id: z.string(),
  room_id: z.optional(z.string()),
  state_key: z.optional(z.string()),
  origin_server_ts: z.number(),
  content: z.record(z.string(), z.unknown()),
  /** Of a redaction, before room version 11; since then it stands in the content. */
  redacts: z.optional(z.string()),
  /** MSC4354 */
  msc4354_sticky: z.optional(z.object({ duration_ms: z.number() })),
});
export type RoomEvent = z.infer<typeof roomEventSchema>;

/**
 * The inviter's membership as an invitation tells of it (stripped state: neither id nor time). A messenger on matrix-js-sdk hands
 * this over when the homeserver has told of the member before and does not do so again.
 */
const strippedMemberSchema = z.object({
  ...roomEventSchema.shape,
  type: z.literal('m.room.member'),
  state_key: z.string(),
  event_id: z._default(z.string(), ''),
  origin_server_ts: z._default(z.number(), 0),
});

/** What changed, so that readers look only where they must. */
export type RoomChange = { readonly kind: 'state' | 'sticky'; readonly type: string; readonly stateKey: string };

export interface RoomMember {
  readonly userId: string;
  readonly membership: string;
  /** The name people see; the user id when the member chose none. */
  readonly name: string;
}

export interface RoomState {
  readonly roomId: string;
  /** Takes an event from the messenger. Returns false when it was not for us or not credible. */
  apply(raw: unknown): boolean;
  get(type: string, stateKey: string): RoomEvent | undefined;
  all(type: string): readonly RoomEvent[];
  sticky(nowMs: number): readonly RoomEvent[];
  member(userId: string): RoomMember | undefined;
  isJoined(userId: string): boolean;
  /** Name and version of the room, where the messenger shows them. */
  name(): string | undefined;
  version(): string;
  /** @returns a function that ends the subscription */
  onChange(listener: (change: RoomChange) => void): () => void;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value : undefined;

/** Characters that turn the direction of writing: with them a name can be made to look like another one. */
const DIRECTION_MARKS = /[\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** Longest time a homeserver keeps an event sticky (MSC4354). */
const MAX_STICKY_MS = 3_600_000;

/** Whoever writes over our membership has us send it anew, out of our budget of messages: at most this often. */
const ANNOUNCE_AGAIN_MS = 30_000;

/**
 * The part of the room that the messenger shows us: state, and sticky events by sender and key.
 * @param self whose membership in the call is announced again when somebody else writes over it
 */
export function createRoomState(roomId: string, self?: string): RoomState {
  const state = new Map<string, Map<string, RoomEvent>>();
  const stickies = new Map<string, RoomEvent>();
  const listeners = new Set<(change: RoomChange) => void>();

  const tell = (change: RoomChange): void => {
    for (const listener of listeners) listener(change);
  };

  const get = (type: string, stateKey: string): RoomEvent | undefined => state.get(type)?.get(stateKey);

  /** When each membership of ours may be announced again, and those that wait for it. */
  const againMs = new Map<string, number>();
  const waiting = new Map<string, ReturnType<typeof setTimeout>>();
  /** Somebody wrote over it. Whoever comes later sees no more than that: the session finds itself gone and says so. */
  const announceAgain = (type: string, stateKey: string): void => {
    const pauseMs = (againMs.get(stateKey) ?? 0) - Date.now();
    if (pauseMs > 0) {
      if (waiting.has(stateKey)) return;
      const then = (): void => {
        waiting.delete(stateKey);
        announceAgain(type, stateKey);
      };
      waiting.set(stateKey, setTimeout(then, pauseMs));
      return;
    }
    if (state.get(type)?.delete(stateKey) !== true) return;
    againMs.set(stateKey, Date.now() + ANNOUNCE_AGAIN_MS);
    tell({ kind: 'state', type, stateKey });
  };

  const member = (userId: string): RoomMember | undefined => {
    const event = get('m.room.member', userId);
    if (event === undefined) return undefined;
    return {
      userId,
      membership: text(event.content['membership']) ?? 'leave',
      name: text(event.content['displayname'])?.replaceAll(DIRECTION_MARKS, '').trim() || userId,
    };
  };

  const stickyEnd = (event: RoomEvent): number =>
    event.origin_server_ts + Math.min(event.msc4354_sticky?.duration_ms ?? 0, MAX_STICKY_MS);

  return {
    roomId,
    apply(raw) {
      const parsed = z.union([roomEventSchema, strippedMemberSchema]).safeParse(raw);
      if (!parsed.success) return false;
      const event = parsed.data;
      if (event.room_id !== undefined && event.room_id !== roomId) return false;
      if (event.state_key !== undefined) {
        if (event.type === CALL_MEMBER_EVENT && !ownsCallMemberKey(event.sender, event.state_key)) {
          if (self !== undefined && ownsCallMemberKey(self, event.state_key))
            announceAgain(event.type, event.state_key);
          return false;
        }
        const byKey = state.get(event.type) ?? new Map<string, RoomEvent>();
        if (event.event_id !== '' && byKey.get(event.state_key)?.event_id === event.event_id) return false;
        clearTimeout(waiting.get(event.state_key));
        waiting.delete(event.state_key);
        byKey.set(event.state_key, event);
        state.set(event.type, byKey);
        tell({ kind: 'state', type: event.type, stateKey: event.state_key });
        return true;
      }
      const stickyKey = text(event.content['msc4354_sticky_key']);
      if (event.msc4354_sticky === undefined || stickyKey === undefined) return false;
      const slot = JSON.stringify([event.type, event.sender, stickyKey]);
      const known = stickies.get(slot);
      if (known !== undefined && known.origin_server_ts > event.origin_server_ts) return false;
      stickies.set(slot, event);
      tell({ kind: 'sticky', type: event.type, stateKey: stickyKey });
      return true;
    },
    get,
    all: (type) => [...(state.get(type)?.values() ?? [])],
    sticky: (nowMs) => [...stickies.values()].filter((event) => stickyEnd(event) > nowMs),
    member,
    isJoined: (userId) => member(userId)?.membership === 'join',
    name: () => text(get('m.room.name', '')?.content['name']),
    version: () => text(get('m.room.create', '')?.content['room_version']) ?? '1',
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
