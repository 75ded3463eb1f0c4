import { setTimeout as sleep } from 'node:timers/promises';
import type { Log, Metrics } from '../operations/index.ts';
import type { Connections } from './connections.ts';
import type { Denials } from './denials.ts';
import type { IdentityDirectory, IdentityRecord, Person } from './people.ts';
import { personKey } from './people.ts';
import type { Sfu } from './sfu.ts';

/** Looked at again, because a connect that was under way may have got through, and clients come back at once. */
const LOOK_AGAIN_MS = [200, 800, 2_000];

export type EvictionTrigger =
  'event' | 'hint' | 'patrol' | 'joined' | 'start' | 'no_membership' | 'time' | 'turned_away';

export interface EvictionDeps {
  readonly sfu: Sfu;
  readonly denials: Denials;
  readonly connections: Connections;
  readonly identities: IdentityDirectory;
  readonly isJoined: (roomId: string, userId: string) => Promise<boolean>;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface Eviction {
  /**
   * Puts a person out of a room's call: the denial is written, their signalling is cut and they are removed from the SFU,
   * all begun before this returns control. Resolves when nothing of them is left, rejects when that is not certain; the later
   * looks go on by themselves either way.
   */
  evict(person: Person, trigger: EvictionTrigger): Promise<void>;
  /** Asks the homeserver and evicts if the person is not joined. @returns whether they were put out */
  check(person: Person, trigger: EvictionTrigger): Promise<boolean>;
  /** Removes a single identity (no RTC membership behind it); its tokens are refused from now on. */
  revoke(record: IdentityRecord): Promise<void>;
  close(): Promise<void>;
}

export function createEviction(deps: EvictionDeps): Eviction {
  const { sfu, denials, connections, identities, isJoined, log, metrics } = deps;
  const closing = new AbortController();
  /** Latest eviction of each person whose later looks are not over. */
  const latest = new Map<string, symbol>();
  const looking = new Set<Promise<void>>();

  async function remove({ livekitRoom, identity }: IdentityRecord): Promise<void> {
    // At the same time: should the removal come late, no media flows meanwhile, and a token that the SFU refreshes now
    // carries no rights (livekit.md 3).
    await Promise.all([sfu.silence(livekitRoom, identity), sfu.removeParticipant(livekitRoom, identity)]);
  }

  /** Tries each, whatever becomes of the others. */
  async function removeEach(records: readonly IdentityRecord[]): Promise<void> {
    const removals = records.map(remove);
    await Promise.allSettled(removals);
    await Promise.all(removals);
  }

  /** @returns whether there is nothing more to look for */
  async function lookOnce(person: Person): Promise<boolean> {
    const records = await identities.of(person.roomId, person.userId);
    const rooms = [...new Set(records.map((record) => record.livekitRoom))];
    const present = new Set(
      (await Promise.all(rooms.map(async (room) => [room, await sfu.listParticipants(room)] as const))).flatMap(
        ([room, participants]) => participants.map(({ identity }) => `${room}\0${identity}`),
      ),
    );
    const left = records.filter((record) => present.has(`${record.livekitRoom}\0${record.identity}`));
    if (left.length === 0) return false;
    // Joined again meanwhile: they are here by right.
    if (await isJoined(person.roomId, person.userId)) return true;
    connections.cut(person);
    await removeEach(left);
    return false;
  }

  async function lookAgain(person: Person, isLatest: () => boolean): Promise<void> {
    for (const pause of LOOK_AGAIN_MS) {
      await sleep(pause, undefined, { signal: closing.signal, ref: false });
      if (!isLatest()) return; // A newer eviction looks for itself.
      try {
        if (await lookOnce(person)) return;
      } catch (error) {
        // One silent moment of the SFU must not end the later looks.
        log.logger.warn({ err: error }, 'a look after an eviction failed');
      }
    }
  }

  async function evict(person: Person, trigger: EvictionTrigger): Promise<void> {
    const stop = metrics.evictionSeconds.startTimer();
    // What this process knows of starts in this turn; nothing waits for the database.
    const cut = connections.cut(person);
    const atOnce = cut.length > 0 ? Promise.all([denials.add(person), removeEach(cut)]) : undefined;
    atOnce?.catch(() => undefined); // Looked at below, unless something else fails first.
    const key = personKey(person);
    const mark = Symbol('eviction');
    latest.set(key, mark);
    const isLatest = () => latest.get(key) === mark;
    let wasThere = true;
    try {
      const all = await identities.of(person.roomId, person.userId);
      wasThere = all.length > 0 || cut.length > 0;
      // Most people who leave a room were never in a call.
      if (!wasThere) return;
      metrics.evictions.inc({ trigger });
      const already = new Set(cut.map((record) => `${record.livekitRoom}\0${record.identity}`));
      await Promise.all([
        atOnce ?? denials.add(person),
        removeEach(all.filter((record) => !already.has(`${record.livekitRoom}\0${record.identity}`))),
      ]);
      stop();
      log.logger.info(
        { room: log.hash(person.roomId), user: log.hash(person.userId), trigger, sockets: cut.length },
        'a person was put out of the call',
      );
    } finally {
      if (wasThere) lookLater(person, isLatest, () => latest.delete(key));
      else if (isLatest()) latest.delete(key);
    }
  }

  function lookLater(person: Person, isLatest: () => boolean, forget: () => void): void {
    const later = lookAgain(person, isLatest)
      .catch((error: unknown) => {
        if (!closing.signal.aborted) log.logger.error({ err: error }, 'a look after an eviction failed');
      })
      .finally(() => {
        looking.delete(later);
        if (isLatest()) forget();
      });
    looking.add(later);
  }

  return {
    evict,
    async check(person, trigger) {
      if (await isJoined(person.roomId, person.userId)) return false;
      await evict(person, trigger);
      return true;
    },
    async revoke(record) {
      metrics.evictions.inc({ trigger: 'no_membership' });
      await identities.revoke(record.livekitRoom, record.identity);
      connections.cut(record, (other) => other.identity === record.identity);
      await removeEach([record]);
    },
    async close() {
      closing.abort();
      await Promise.all(looking);
    },
  };
}
