import { EventEmitter, once } from 'node:events';
import { PalabreError } from '@palabre/protocol';
import type { Rights } from '@palabre/protocol';
import type { Inbox } from '../appservice/index.ts';
import type { Audit, AuditMeans } from '../governance/index.ts';
import type { DomainPolicy } from '../membership/index.ts';
import type { Entry, Person, Store } from './store.ts';
import { createTelling } from './telling.ts';

/** Another bridge may have decided: looked at so often while somebody waits at this one. */
const LOOK_MS = 2_000;
/** Requests that wait at the same time; beyond that they are answered at once. */
const MOST_HELD = 500;
/** Of them, of one person: a few devices. */
const MOST_HELD_EACH = 4;
const ASK_AGAIN_MS = 5_000;
const TEND_EVERY_MS = 15_000;

const WAITING = 'Somebody must let you in. The moderators of this room have been asked: try again in a moment';
const WAITING_ALONE =
  'Somebody must let you in, and no moderator of this room is in the call. They have been asked in the room: try again later';
const TURNED_AWAY = 'A moderator of this room has not let you in';
const NO_MODERATOR = 'Somebody must let you in, but nobody can: Palabre has not been invited to this room';

/** Who decides about people who wait, and how they said so. */
export interface Decision {
  readonly by: string;
  readonly means: AuditMeans;
  /** Event id of a reaction, which may come again. */
  readonly eventId?: string | undefined;
  readonly admit: boolean;
}

/** How somebody stands at the door. */
export interface Knock {
  /** How long the answer may take. */
  readonly patienceMs: number;
  /** Aborts when they go away. */
  readonly signal: AbortSignal;
}

export interface LobbyDeps {
  readonly store: Store;
  readonly inbox: Inbox;
  readonly policy: DomainPolicy;
  readonly rightsOf: (roomId: string, userId: string) => Promise<Rights>;
  /** Who is in the room's call, as far as the room says. */
  readonly inCall: (roomId: string) => Promise<readonly string[]>;
  /** Of the meeting that runs in this room; undefined: none does. */
  readonly currentMeeting: (roomId: string) => string | undefined;
  /** When the last meeting of this room ended, if one has. */
  readonly meetingEndedMs: (roomId: string) => Promise<number | undefined>;
  /** Somebody who was let in has been turned away. */
  readonly putOut: (person: Person) => Promise<unknown>;
  /** Who waits in a room has changed: says so in the room, where nothing is said twice. */
  readonly tellRoom: (roomId: string) => Promise<unknown>;
  /** The same in its call, where everybody who may let people in fetches the names anew. */
  readonly tellCall: (roomId: string) => Promise<unknown>;
  readonly audit: Audit;
  readonly complain: (message: string) => (error: unknown) => void;
  readonly now: () => number;
  /** Shorter in tests. */
  readonly lookMs?: number;
}

export interface Lobby {
  /**
   * Lets a person pass, or says why not.
   * @param knock absent: only asks how things stand, without disturbing anybody
   * @returns whether they had to wait
   * @throws {PalabreError} PALABRE_WAITING, PALABRE_WAITING_ALONE, PALABRE_NOT_ADMITTED, PALABRE_WATCHER_ABSENT
   */
  readonly enter: (person: Person, knock: Knock | undefined) => Promise<boolean>;
  /** May they be in the call as far as the lobby goes? Answers at once. */
  readonly allows: (roomId: string, userId: string) => Promise<boolean>;
  /**
   * Written into the audit trail, person by person, before it counts.
   * @returns those whose state this changed
   * @throws {PalabreError} M_FORBIDDEN
   */
  decide(roomId: string, userIds: readonly string[], decision: Decision): Promise<readonly string[]>;
  readonly waiting: (roomId: string) => Promise<readonly Entry[]>;
  meetingEnded(roomId: string): Promise<void>;
  /** Takes up what a former process left. */
  resume(): Promise<void>;
  close(): void;
}

const keyOf = ({ roomId, userId }: Person): string => `${roomId}\0${userId}`;

/** People of servers whose class has a lobby wait until somebody lets them in; whoever may let in does not wait. */
export function createLobby(deps: LobbyDeps): Lobby {
  const { store, policy, rightsOf, complain, now } = deps;
  const bell = new EventEmitter().setMaxListeners(0);
  const held = new Map<string, number>();
  let heldTotal = 0;
  const closing = new AbortController();

  const tellings = [
    createTelling(deps.tellRoom, complain('a room could not be told who waits')),
    createTelling(deps.tellCall, complain('a call could not be told who waits')),
  ];
  const onChange = (roomId: string): void => {
    for (const { changed } of tellings) changed(roomId);
  };

  const mustWait = (userId: string): boolean => policy.of(userId).rules.lobby;
  const mayAdmit = async (roomId: string, userId: string) => (await rightsOf(roomId, userId)).may_admit;

  async function waitingError(person: Person, retryAfterMs?: number): Promise<PalabreError> {
    const more = retryAfterMs === undefined ? {} : { retryAfterMs };
    const present = await deps.inCall(person.roomId);
    const able = await Promise.all(present.map((userId) => mayAdmit(person.roomId, userId)));
    return able.includes(true)
      ? new PalabreError('PALABRE_WAITING', WAITING, more)
      : new PalabreError('PALABRE_WAITING_ALONE', WAITING_ALONE, more);
  }

  /** They went away without an answer. */
  async function withdraw(person: Person): Promise<void> {
    if ((held.get(keyOf(person)) ?? 0) > 1 || closing.signal.aborted) return;
    if (await store.withdraw(person)) onChange(person.roomId);
  }

  /** Until somebody decides. @throws {PalabreError} */
  async function hold(person: Person, { patienceMs, signal }: Knock): Promise<void> {
    const untilMs = now() + patienceMs;
    const over = AbortSignal.any([signal, closing.signal]);
    for (;;) {
      const pause = AbortSignal.timeout(Math.max(1, Math.min(deps.lookMs ?? LOOK_MS, untilMs - now())));
      const rung = once(bell, keyOf(person), { signal: AbortSignal.any([over, pause]) }).catch(() => undefined);
      const entry = await store.find(person);
      if (entry?.state === 'admitted' || !mustWait(person.userId)) return;
      if (entry?.state === 'turned_away') throw new PalabreError('PALABRE_NOT_ADMITTED', TURNED_AWAY);
      if (entry === undefined) throw new PalabreError('M_FORBIDDEN', 'You are not a member of this room any more');
      if (over.aborted || now() >= untilMs) throw await waitingError(person);
      // Another request of theirs was hung up, here or at another bridge; this one still waits.
      if (entry.state === 'gone' && (await store.ask(person))) onChange(person.roomId);
      await rung;
    }
  }

  async function holdCounted(person: Person, knock: Knock): Promise<void> {
    const key = keyOf(person);
    held.set(key, (held.get(key) ?? 0) + 1);
    heldTotal += 1;
    try {
      await hold(person, knock);
    } finally {
      if (knock.signal.aborted) await withdraw(person).catch(complain('somebody who went away still waits'));
      heldTotal -= 1;
      const left = (held.get(key) ?? 1) - 1;
      if (left === 0) held.delete(key);
      else held.set(key, left);
    }
  }

  async function allows(roomId: string, userId: string): Promise<boolean> {
    if (!mustWait(userId)) return true;
    return (await store.find({ roomId, userId }))?.state === 'admitted' || mayAdmit(roomId, userId);
  }

  async function enter(person: Person, knock: Knock | undefined): Promise<boolean> {
    const { roomId, userId } = person;
    if (await allows(roomId, userId)) return false;
    if (!(await rightsOf(roomId, userId)).watcher_joined)
      throw new PalabreError('PALABRE_WATCHER_ABSENT', NO_MODERATOR);
    if ((await store.find(person))?.state === 'turned_away')
      throw new PalabreError('PALABRE_NOT_ADMITTED', TURNED_AWAY);
    if (knock === undefined) throw await waitingError(person);
    if (await store.ask(person)) onChange(roomId);
    const crowded = heldTotal >= MOST_HELD || (held.get(keyOf(person)) ?? 0) >= MOST_HELD_EACH;
    if (crowded || knock.patienceMs === 0) throw await waitingError(person, ASK_AGAIN_MS);
    await holdCounted(person, knock);
    return true;
  }

  deps.inbox.onRoomEvent({
    // Whoever leaves or is put out waits no longer, and must be let in again when they come back.
    wants: (event) => event.type === 'm.room.member' && ['leave', 'ban'].includes(String(event.content['membership'])),
    async handle({ room_id: roomId, state_key: userId = '' }) {
      if (!(await store.forget({ roomId, userId }))) return;
      bell.emit(keyOf({ roomId, userId }));
      onChange(roomId);
    },
  });

  /** {@link Lobby.meetingEnded} is told once; a fault then must not let anybody into the next meeting. */
  async function endDecisions(): Promise<void> {
    for (const roomId of await store.decidedRooms()) {
      const endedMs = await deps.meetingEndedMs(roomId);
      if (endedMs !== undefined) await store.meetingEnded(roomId, endedMs);
    }
  }

  async function tend(): Promise<void> {
    await endDecisions();
    for (const { again } of tellings) again();
    for (const roomId of await store.prune((room) => deps.currentMeeting(room) !== undefined)) onChange(roomId);
  }
  const tending = setInterval(() => {
    tend().catch(complain('old entries of the lobby could not be removed'));
  }, TEND_EVERY_MS);
  tending.unref();

  return {
    enter,
    allows,
    waiting: (roomId) => store.waiting(roomId),
    async decide(roomId, userIds, { by, means, eventId, admit }) {
      const action = admit ? 'lobby.admit' : 'lobby.turn_away';
      const audited = { action, means, userId: by, roomId, meetingId: deps.currentMeeting(roomId) } as const;
      if (!(await mayAdmit(roomId, by))) {
        await deps.audit.refused({ ...audited, key: eventId }, 'M_FORBIDDEN');
        throw new PalabreError('M_FORBIDDEN', 'Only moderators of this room and of this server may let people in');
      }
      const changed: string[] = [];
      try {
        for (const userId of await store.undecided(roomId, userIds, admit)) {
          const key = eventId && `${eventId} ${userId}`;
          const done = await deps.audit.during({ ...audited, target: userId, key }, () =>
            store.decide(roomId, [userId], admit, by),
          );
          changed.push(...done);
        }
      } finally {
        for (const userId of changed) {
          bell.emit(keyOf({ roomId, userId }));
          if (!admit) deps.putOut({ roomId, userId }).catch(complain('somebody turned away could not be put out'));
        }
        if (changed.length > 0) onChange(roomId);
      }
      return changed;
    },
    meetingEnded: (roomId) => store.meetingEnded(roomId),
    async resume() {
      await endDecisions();
      for (const roomId of await store.rooms()) onChange(roomId);
    },
    close() {
      clearInterval(tending);
      closing.abort();
    },
  };
}
