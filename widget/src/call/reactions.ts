import { CALL_REACTION_EVENT, RAISED_HAND_REACTION, serverOf } from '@palabre/protocol';
import { isRefusal, type Host, type RoomEvent } from '../host/index.ts';
import {
  emojiReactionOf,
  handReactionOf,
  ownedHands,
  raisedHands,
  redactedBy,
  STRAY_HAND_MS,
  type HandReaction,
  type RaisedHand,
} from './hands.ts';
import { KEYS_FIRST_MS } from './keys-first.ts';
import type { RtcMember } from './membership.ts';
import { personId } from './people.ts';

/** An emoji that floats over somebody's picture for a moment. */
export interface FloatingEmoji {
  /** The event; tells two equal ones apart. */
  readonly id: string;
  readonly personId: string;
  readonly emoji: string;
}

/** Raised hands and emoji as everybody sees them, and what becomes of ours. */
export interface ReactionsState {
  /** The messenger lets us send them, and the room knows that we are in the call. */
  readonly able: boolean;
  /** First raised first. */
  readonly hands: readonly RaisedHand[];
  /** One for each person at most. */
  readonly emojis: readonly FloatingEmoji[];
  /** Our own hand. */
  readonly hand: 'down' | 'up' | 'changing';
  /** Our last emoji is still seen: the next one waits. */
  readonly reacting: boolean;
  /** Why the last one did not get through. */
  readonly failure: 'refused' | 'failed' | undefined;
}

/** Element Call's own emoji, so that each shows (and sounds) there as one of its own: what is sent, and the name it has there. */
export const REACTIONS = [
  { emoji: '👍', name: 'thumbsup' },
  { emoji: '👏', name: 'clapping' },
  { emoji: '🎉', name: 'party' },
  { emoji: '😄', name: 'laugh' },
  { emoji: '🥰', name: 'heart' },
  { emoji: '💡', name: 'lightbulb' },
  { emoji: '👋', name: 'wave' },
  { emoji: '👎', name: 'thumbsdown' },
] as const;
export type Reaction = (typeof REACTIONS)[number];

export interface Reactions {
  state(): ReactionsState;
  /** Memberships have changed. */
  readonly look: () => void;
  /** We are in the call: asks which hands are up already. */
  begin(): void;
  toggleHand(): Promise<void>;
  /** Takes back somebody's raised hand; the homeserver decides whether we may. */
  lowerHand(eventId: string): Promise<void>;
  react(reaction: Reaction): Promise<void>;
  dismissFailure(): void;
  /** The call is over; another may begin. */
  end(): void;
  close(): void;
}

/** How long an emoji is seen. Element Call's figure: there, whoever sends another one meanwhile is not heard. */
const SEEN_MS = 3_000;
/** Reactions we remember, those to memberships that are not here included: order in which events arrive is not promised. */
const MOST_REACTIONS = 512;
/** Questions about the past under way at once. */
const READERS = 2;
/** Whom the room names that soon after we came in was there before, whatever the clock of their server says. */
const FIRST_NAMED_MS = 10_000;
/** Of those named later, who came that much after us, by a clock that may be wrong, is taken for somebody who was there before. */
const CLOCK_SLACK_MS = 60_000;
/** No hand is up for longer, whatever a clock says. */
const LONGEST_UP_MS = 24 * 3_600_000;

export function createReactions(
  host: Host,
  membership: { members(): readonly RtcMember[]; own(): RtcMember | undefined },
  onChange: () => void,
): Reactions {
  const { timeline, parameters } = host;
  const ownId = personId(parameters.userId, parameters.deviceId);
  /** By sender and target: one person's hand is up once. */
  const reactions = new Map<string, HandReaction>();
  /** Taken back while we were still reading; bounded as above. */
  const redacted = new Set<string>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let hands: readonly RaisedHand[] = [];
  let emojis: readonly FloatingEmoji[] = [];
  let changing = false;
  let sending = false;
  let failure: ReactionsState['failure'];
  let strayTimer: ReturnType<typeof setTimeout> | undefined;
  /** The event of ours on which our hand was last raised again. */
  let carriedTo: string | undefined;
  /** Counts the calls: what was asked in an earlier one changes nothing in the next. */
  let generation = 0;
  /** Since when we are in this call, from when on we ask for what was said before, and of whom we have, or shall. */
  let begunMs: number | undefined;
  let pastTimer: ReturnType<typeof setTimeout> | undefined;
  const askedOf = new Set<string>();
  const waiting: string[] = [];
  let readers = 0;

  const oldest = <T>(items: Iterable<T>): T | undefined => {
    const [first] = items;
    return first;
  };
  /**
   * When a hand of the past was raised, as its sender's server says, which may be wrong or lie: not before somebody of another
   * server came. Whoever lies is still early in the queue of those who come later, as early as they could have been.
   */
  const raisedMsOf = ({ sender, origin_server_ts: said }: RoomEvent): number => {
    const nowMs = Date.now();
    const others = membership.members().filter(({ userId }) => serverOf(userId) !== serverOf(sender));
    const firstMs = others.length === 0 ? 0 : Math.min(...others.map(({ joinedMs }) => joinedMs));
    return Math.min(nowMs, Math.max(said, firstMs, nowMs - LONGEST_UP_MS));
  };
  /** What was said before we came, a membership at a time. */
  const readPast = async (): Promise<void> => {
    readers++;
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const began = generation;
      // Hands of before are not worth a complaint: a messenger need not offer this (MSC3869).
      const events = await timeline.reactionsTo(next).catch(() => []);
      if (began !== generation) continue;
      for (const event of events) {
        const hand = handReactionOf(event, raisedMsOf(event));
        if (hand !== undefined) take(hand);
      }
      if (events.length > 0) look();
    }
    readers--;
  };
  /** Asks of everybody who was there before us, also when the room tells of them late. */
  const askPast = (): void => {
    if (begunMs === undefined || pastTimer !== undefined) return;
    const latestMs = Date.now() < begunMs + FIRST_NAMED_MS ? Infinity : begunMs + CLOCK_SLACK_MS;
    for (const { userId, deviceId, eventId, joinedMs } of membership.members()) {
      const id = personId(userId, deviceId);
      if (eventId === undefined || askedOf.has(id) || joinedMs > latestMs) continue;
      askedOf.add(id);
      waiting.push(eventId);
    }
    while (readers < READERS && waiting.length > 0) void readPast();
  };
  const look = (): void => {
    askPast();
    const members = membership.members();
    const nowMs = Date.now();
    const owned = ownedHands(reactions.values(), members, nowMs);
    reactions.clear();
    for (const reaction of owned) reactions.set(`${reaction.sender} ${reaction.target}`, reaction);
    clearTimeout(strayTimer);
    const strays = owned.flatMap(({ strayMs }) => strayMs ?? []);
    if (strays.length > 0) strayTimer = setTimeout(look, Math.min(...strays) + STRAY_HAND_MS - nowMs);
    const now = raisedHands(owned);
    // The same list is the same object: nothing is drawn again for nothing.
    if (now.length !== hands.length || now.some((hand, index) => hand.eventId !== hands[index]?.eventId)) hands = now;
    onChange();
    const target = membership.own()?.eventId;
    const stray = owned.some(({ personId: id, strayMs }) => id === ownId && strayMs !== undefined);
    if (!stray || changing || target === carriedTo) return;
    carriedTo = target;
    void change(raise);
  };
  const take = (reaction: HandReaction): void => {
    if (redacted.has(reaction.eventId)) return;
    const key = `${reaction.sender} ${reaction.target}`;
    if (reactions.get(key)?.eventId === reaction.eventId) return;
    reactions.set(key, reaction);
    if (reactions.size <= MOST_REACTIONS) return;
    const up = new Set(hands.map((hand) => hand.eventId));
    const idle = [...reactions].find(([, { eventId }]) => !up.has(eventId))?.[0] ?? oldest(reactions.keys());
    if (idle !== undefined) reactions.delete(idle);
  };
  const drop = (eventId: string): void => {
    redacted.add(eventId);
    if (redacted.size > MOST_REACTIONS) redacted.delete(oldest(redacted) ?? eventId);
    for (const [key, reaction] of reactions) if (reaction.eventId === eventId) reactions.delete(key);
  };
  const float = (emoji: FloatingEmoji): void => {
    if (emojis.some((item) => item.personId === emoji.personId)) return;
    emojis = [...emojis, emoji];
    const timer = setTimeout(() => {
      timers.delete(timer);
      emojis = emojis.filter((item) => item.id !== emoji.id);
      onChange();
    }, SEEN_MS);
    timers.add(timer);
  };

  const onEvent = (event: RoomEvent): void => {
    const gone = redactedBy(event);
    const hand = handReactionOf(event, Date.now());
    const emoji = emojiReactionOf(event, membership.members());
    if (gone !== undefined) drop(gone);
    else if (hand !== undefined) take(hand);
    else if (emoji !== undefined) float({ id: event.event_id, ...emoji });
    else return;
    look();
  };
  const stop = timeline.onEvent(onEvent);

  /** Sends something, and says so when it does not get through. */
  const attempt = async (send: () => Promise<void>): Promise<void> => {
    const began = generation;
    failure = undefined;
    onChange();
    try {
      await send();
    } catch (error) {
      if (began === generation) failure = isRefusal(error) ? 'refused' : 'failed';
    }
  };
  const ownHand = (): RaisedHand | undefined => hands.find((hand) => hand.personId === ownId);
  const lower = async (eventId: string): Promise<void> => {
    await timeline.redact(eventId);
    drop(eventId);
  };
  const raise = async (): Promise<void> => {
    const target = membership.own()?.eventId;
    if (target === undefined) return;
    const eventId = await timeline.send('m.reaction', {
      'm.relates_to': { rel_type: 'm.annotation', event_id: target, key: RAISED_HAND_REACTION },
    });
    take({ eventId, sender: parameters.userId, target, raisedMs: Date.now() });
  };
  const change = async (send: () => Promise<void>): Promise<void> => {
    changing = true;
    await attempt(send);
    changing = false;
    look();
  };

  return {
    state: () => ({
      able: membership.own()?.eventId !== undefined && host.maySend('m.reaction') && host.maySend(CALL_REACTION_EVENT),
      hands,
      emojis,
      hand: changing ? 'changing' : ownHand() === undefined ? 'down' : 'up',
      reacting: sending || emojis.some((item) => item.personId === ownId),
      failure,
    }),
    look,
    begin() {
      begunMs = Date.now();
      // Who left and came back before the room was ready begins twice.
      clearTimeout(pastTimer);
      const ask = (): void => {
        pastTimer = undefined;
        askPast();
      };
      if (parameters.encrypted) pastTimer = setTimeout(ask, KEYS_FIRST_MS);
      else ask();
    },
    async toggleHand() {
      if (changing) return;
      const mine = ownHand();
      await change(() => (mine === undefined ? raise() : lower(mine.eventId)));
    },
    async lowerHand(eventId) {
      await attempt(() => lower(eventId));
      look();
    },
    async react({ emoji, name }) {
      const target = membership.own()?.eventId;
      if (target === undefined || sending || emojis.some((item) => item.personId === ownId)) return;
      sending = true;
      await attempt(async () => {
        const content = { 'm.relates_to': { rel_type: 'm.reference', event_id: target }, emoji, name };
        float({ id: await timeline.send(CALL_REACTION_EVENT, content), personId: ownId, emoji });
      });
      sending = false;
      onChange();
    },
    dismissFailure() {
      failure = undefined;
      onChange();
    },
    end() {
      generation++;
      begunMs = undefined;
      askedOf.clear();
      waiting.length = 0;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
      clearTimeout(strayTimer);
      clearTimeout(pastTimer);
      pastTimer = undefined;
      // Who comes back does so with the hand down, even where the room hears of both at once.
      for (const [key, reaction] of reactions) if (reaction.personId === ownId) reactions.delete(key);
      hands = hands.filter((hand) => hand.personId !== ownId);
      emojis = [];
      failure = undefined;
      onChange();
    },
    close() {
      clearTimeout(strayTimer);
      clearTimeout(pastTimer);
      stop();
    },
  };
}
