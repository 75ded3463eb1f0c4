import type { EarlierMeetings } from '@palabre/protocol';
import type { Readers } from '../membership/index.ts';

/** A meeting of which something was posted. */
interface MeetingThread {
  readonly rootId: string;
  readonly startedMs: number;
}

/** Meetings of a room that somebody may read about. */
export interface Earlier {
  /**
   * A page may be short, even empty, where the homeserver is slow: the next one goes on from there.
   * @param userId somebody who is joined in the room now
   * @param beforeMs `next_before_ms` of the page before
   * @param gone nobody waits any more
   */
  list(roomId: string, userId: string, beforeMs: number | undefined, gone: AbortSignal): Promise<EarlierMeetings>;
}

export interface EarlierDeps {
  /** The newest first. */
  readonly threads: (roomId: string, beforeMs: number | undefined, most: number) => Promise<readonly MeetingThread[]>;
  /** By the visibility of the room's history. @throws when that is not known */
  readonly readersOf: (event: { readonly roomId: string; readonly eventId: string }) => Promise<Readers>;
  readonly complain: (error: unknown) => void;
  /** For one page. */
  readonly patienceMs: number;
}

/** Each may cost the homeserver a question. */
const PAGE = 20;
/**
 * Of messages it is remembered who may read them: that never changes, and what is taken back is not asked about again. So many
 * people, of all messages together: rooms are large.
 */
const MOST_REMEMBERED = 100_000;
/** Where more may read a message, only the answer for who asked is remembered: a page of such messages would push each other out. */
const MOST_OF_ONE = MOST_REMEMBERED / (2 * PAGE);

const mayBe = (readers: Readers, userId: string): boolean => readers === 'everybody' || readers.has(userId);
const weightOf = (readers: Readers): number => (readers === 'everybody' ? 1 : readers.size + 1);

export function createEarlier({ threads, readersOf, complain, patienceMs }: EarlierDeps): Earlier {
  /** By event, or by event and person; the oldest first. */
  const remembered = new Map<string, Readers>();
  let weight = 0;

  /** Questions that run: whoever else wants to know waits for the same answer. */
  const asking = new Map<string, Promise<Readers>>();

  function remember(key: string, readers: Readers): void {
    if (remembered.has(key)) return;
    remembered.set(key, readers);
    weight += weightOf(readers);
    for (const [oldest, others] of remembered) {
      if (weight <= MOST_REMEMBERED) return;
      remembered.delete(oldest);
      weight -= weightOf(others);
    }
  }

  function ask(roomId: string, eventId: string): Promise<Readers> {
    const running = asking.get(eventId);
    if (running !== undefined) return running;
    const answer = readersOf({ roomId, eventId }).finally(() => asking.delete(eventId));
    asking.set(eventId, answer);
    return answer;
  }

  async function mayRead(roomId: string, eventId: string, userId: string): Promise<boolean> {
    const one = `${eventId} ${userId}`;
    let readers = remembered.get(eventId) ?? remembered.get(one);
    if (readers === undefined) {
      try {
        readers = await ask(roomId, eventId);
      } catch (error) {
        // No answer is no.
        complain(error);
        return false;
      }
      if (weightOf(readers) <= MOST_OF_ONE) remember(eventId, readers);
      else remember(one, new Set(mayBe(readers, userId) ? [userId] : []));
    }
    return mayBe(readers, userId);
  }

  return {
    list: async (roomId, userId, beforeMs, gone) => {
      const found = await threads(roomId, beforeMs, PAGE);
      const meetings: EarlierMeetings['meetings'] = [];
      const over = AbortSignal.any([gone, AbortSignal.timeout(patienceMs)]);
      const isOver = new Promise<undefined>((resolve) => {
        over.addEventListener('abort', () => resolve(undefined), { once: true });
      });
      // One after the other: a list is no reason to have the homeserver do much at once.
      for (const { rootId, startedMs } of found) {
        const may = over.aborted ? undefined : await Promise.race([mayRead(roomId, rootId, userId), isOver]);
        // It is asked about again, or its answer is there by then.
        if (may === undefined) return { meetings, next_before_ms: startedMs + 1 };
        if (may) meetings.push({ event_id: rootId, started_ms: startedMs });
      }
      const last = found.length < PAGE ? undefined : found.at(-1);
      return { meetings, ...(last === undefined ? {} : { next_before_ms: last.startedMs }) };
    },
  };
}
