import { setTimeout as sleep } from 'node:timers/promises';
import { hashedIdentity, plainIdentity } from '@palabre/protocol';
import type { Log } from '../operations/index.ts';
import type { Eviction } from './eviction.ts';
import type { IdentityDirectory, IdentityRecord } from './people.ts';
import { personKey } from './people.ts';
import type { PublishSource, Sfu, SfuParticipant } from './sfu.ts';
import { createTurns } from './turns.ts';

/** Membership questions for the whole bridge: 20 in a second. */
const QUESTION_PAUSE_MS = 50;
/** Between two rounds over the live rooms. */
const ROUND_PAUSE_MS = 2_000;
/** With the watcher in the room events do the work; the question is a safety net. */
const WATCHED_EVERY_MS = 60_000;
const WATCHER_KNOWN_MS = 30_000;
/** An identity that came with an OpenID token only must show an RTC membership by then. */
export const MEMBERSHIP_GRACE_MS = 15_000;
/** One that has shown it is asked again so often, and put out after a second "no" a grace later. */
export const PROVEN_FOR_MS = 60_000;

/** Somebody on the SFU whose identity is on record. */
export interface LivePerson {
  readonly record: IdentityRecord;
  readonly participant: SfuParticipant;
}

export interface PatrolDeps {
  readonly sfu: Sfu;
  readonly identities: IdentityDirectory;
  readonly eviction: Eviction;
  readonly watcherJoined: (roomId: string) => Promise<boolean>;
  /** Has this device an RTC membership in the room, as the watcher sees it? undefined: cannot be known. */
  readonly hasRtcMembership: (record: IdentityRecord) => Promise<boolean | undefined>;
  /** What policy lets them send now: it may have changed since their token was signed. */
  readonly mayPublish: (record: IdentityRecord) => readonly PublishSource[];
  /** Puts out who came with an OpenID token and has no RTC membership of their own. */
  readonly onUnproven: (record: IdentityRecord) => Promise<void>;
  /** Rooms to look at although nobody may be there any more: a meeting in them has not ended yet. */
  readonly expected: () => readonly string[];
  /** Told what the SFU holds, each time it is looked at. */
  readonly onLive: (livekitRoom: string, people: readonly LivePerson[]) => void;
  readonly log: Log;
  readonly now: () => number;
  /** Shorter in tests. */
  readonly roundPauseMs?: number;
}

export interface Patrol {
  /** Checks everybody who is live, at once. Rejects when SFU or homeserver do not answer: then nobody may be let in yet. */
  checkAll(): Promise<void>;
  /** After a change of policy: as above, but who cannot be asked now is asked by the next rounds, and keeps nobody else in. */
  checkAgain(): Promise<void>;
  /** Starts going round. */
  start(): void;
  /** The watcher came to a room or left it: what was known about that is forgotten. */
  watcherMoved(roomId: string): void;
  /** Looks at one LiveKit room now, without asking for anybody's membership. */
  look(livekitRoom: string): Promise<readonly LivePerson[]>;
  close(): Promise<void>;
}

/** Key of one stay on the SFU: who comes back must prove themselves again. */
function seatKey({ record, participant }: LivePerson): string {
  return `${record.livekitRoom}\0${record.identity}\0${participant.joinedMs}`;
}

/**
 * In compatibility mode a device comes to an SFU as `user:device` or as the hash of that (matrixrtc.md 1.7), by one membership:
 * it needs one seat, and a second one is somebody else's.
 */
function isSecondSeat({ record, participant }: LivePerson, people: readonly LivePerson[]): boolean {
  const { userId, deviceId, identity } = record;
  const plain = plainIdentity(userId, deviceId);
  const names = [plain, hashedIdentity(userId, deviceId, plain)];
  if (!names.includes(identity)) return false;
  return people.some(
    (other) =>
      names.includes(other.record.identity) &&
      other.record.identity !== identity &&
      other.participant.joinedMs <= participant.joinedMs,
  );
}

function keepOnly(known: Map<string, unknown>, keys: ReadonlySet<string>): void {
  for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
}

/** Goes round the live participants, because neither events nor webhooks can be relied on to arrive. */
export function createPatrol(deps: PatrolDeps): Patrol {
  const { sfu, identities, eviction, log, now, roundPauseMs = ROUND_PAUSE_MS } = deps;
  const closing = new AbortController();
  // What was learnt of people and rooms that are live; a round forgets the others.
  const askedMs = new Map<string, number>();
  const watched = new Map<string, { joined: boolean; untilMs: number }>();
  const proofs = new Map<string, { nextMs: number; doubted: boolean }>();
  const ended = () => closing.signal.aborted;
  let round: Promise<void> | undefined;

  /** Only ever takes away: what a token did not allow is not given later. */
  async function limitPublishing({ record, participant: { publish } }: LivePerson): Promise<void> {
    const allowed = deps.mayPublish(record);
    const left = publish.filter((source) => allowed.includes(source));
    if (left.length < publish.length) await sfu.setPublishing(record.livekitRoom, record.identity, left);
  }

  async function lookNow(livekitRoom: string): Promise<readonly LivePerson[]> {
    const participants = await sfu.listParticipants(livekitRoom);
    const present = participants.map((participant) => participant.identity);
    const records = present.length === 0 ? [] : await identities.findAll(livekitRoom, present);
    const byIdentity = new Map(records.map((record) => [record.identity, record]));
    // Nobody is there by right whom the bridge has no record of: a name the SFU made up, or one pushed out by newer devices.
    const unknown = participants.filter(({ identity }) => !byIdentity.has(identity));
    await Promise.all(unknown.map(({ identity }) => sfu.removeParticipant(livekitRoom, identity)));
    const people = participants.flatMap((participant) => {
      const record = byIdentity.get(participant.identity);
      return record === undefined ? [] : [{ record, participant }];
    });
    if (people.length > 0)
      await identities.touch(
        livekitRoom,
        people.map(({ record }) => record.identity),
      );
    await Promise.all(people.map(limitPublishing));
    deps.onLive(livekitRoom, people);
    return people;
  }

  const look = createTurns(lookNow);

  async function isWatched(roomId: string): Promise<boolean> {
    const answer = watched.get(roomId);
    if (answer !== undefined && answer.untilMs > now()) return answer.joined;
    const joined = await deps.watcherJoined(roomId);
    watched.set(roomId, { joined, untilMs: now() + WATCHER_KNOWN_MS });
    return joined;
  }

  async function checkMembership(person: LivePerson, people: readonly LivePerson[]): Promise<void> {
    const { record, participant } = person;
    if ((participant.door ?? record.door) !== 'openid') return;
    const key = seatKey(person);
    const known = proofs.get(key);
    if (known === undefined) {
      // Counted from the first look, by our own clock: the SFU's may be another.
      proofs.set(key, { nextMs: now() + MEMBERSHIP_GRACE_MS, doubted: true });
      return;
    }
    if (now() < known.nextMs) return;
    const has = await deps.hasRtcMembership(record);
    if (has === undefined) proofs.set(key, { ...known, nextMs: now() + MEMBERSHIP_GRACE_MS });
    else if (has && !isSecondSeat(person, people)) proofs.set(key, { nextMs: now() + PROVEN_FOR_MS, doubted: false });
    else if (known.doubted) await deps.onUnproven(record);
    // A client that was away for a moment writes its membership anew.
    else proofs.set(key, { nextMs: now() + MEMBERSHIP_GRACE_MS, doubted: true });
  }

  async function checkPerson(person: LivePerson, people: readonly LivePerson[]): Promise<void> {
    await checkMembership(person, people);
    const key = personKey(person.record);
    const every = (await isWatched(person.record.roomId)) ? WATCHED_EVERY_MS : ROUND_PAUSE_MS;
    if (now() - (askedMs.get(key) ?? -Infinity) < every) return;
    askedMs.set(key, now());
    try {
      await eviction.check(person.record, 'patrol');
    } catch (error) {
      // Without an answer it was no question.
      askedMs.delete(key);
      throw error;
    } finally {
      await sleep(QUESTION_PAUSE_MS, undefined, { signal: closing.signal, ref: false });
    }
  }

  /** What fails for one, because their part of the world does not answer, must not keep the others from being looked at. */
  async function attempt<T>(what: () => Promise<T>): Promise<T | undefined> {
    closing.signal.throwIfAborted();
    try {
      return await what();
    } catch (error) {
      closing.signal.throwIfAborted();
      log.logger.warn({ err: error }, 'a look of the patrol failed');
      return undefined;
    }
  }

  /** @param each takes one step of it, and decides what becomes of its failure */
  async function checkEverybody(each: typeof attempt): Promise<void> {
    for (const livekitRoom of await sfu.listRooms()) {
      const people = (await each(() => look(livekitRoom))) ?? [];
      // Ten at a time: a full room is through in well under a second.
      for (let first = 0; first < people.length; first += 10) {
        const few = people.slice(first, first + 10);
        await Promise.all(few.map(({ record }) => each(() => eviction.check(record, 'start'))));
      }
    }
  }

  async function goRound(): Promise<void> {
    const live: LivePerson[] = [];
    for (const livekitRoom of new Set([...(await sfu.listRooms()), ...deps.expected()])) {
      const people = (await attempt(() => look(livekitRoom))) ?? [];
      live.push(...people);
      for (const person of people) await attempt(() => checkPerson(person, people));
    }
    keepOnly(askedMs, new Set(live.map(({ record }) => personKey(record))));
    keepOnly(watched, new Set(live.map(({ record }) => record.roomId)));
    keepOnly(proofs, new Set(live.map(seatKey)));
  }

  async function run(): Promise<void> {
    while (!ended()) {
      try {
        await goRound();
      } catch (error) {
        if (ended()) return;
        log.logger.warn({ err: error }, 'a patrol round was cut short');
      }
      await sleep(roundPauseMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
  }

  return {
    look,
    watcherMoved: (roomId) => void watched.delete(roomId),
    checkAll: () => checkEverybody((what) => what()),
    async checkAgain() {
      askedMs.clear();
      await checkEverybody(attempt);
    },
    start() {
      round ??= run();
    },
    async close() {
      closing.abort();
      await round;
    },
  };
}
