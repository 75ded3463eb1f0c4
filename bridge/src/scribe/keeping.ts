import type { ConsentMetadata } from '@palabre/protocol';
import type { Standing } from '../consent/index.ts';
import type { MeetingState } from '../publishing/index.ts';
import { isKept, NOBODY } from './contract.ts';
import type { RunDeps, RunFacts } from './deps.ts';
import type { Patience } from './patience.ts';
import type { KeptWork } from './store.ts';
import type { Worker } from './worker.ts';

/**
 * Holds a run to what people agreed to. The child is told whom it may keep before it keeps anybody; what it hands over of others all the
 * same is dropped here.
 */
export interface Keeping {
  /** May this be kept? Until the store has said so, nothing may. */
  allows(what: KeptWork, userId: string): boolean;
  /** May this be kept of everybody, whoever comes? Only then may a recorder run that can leave nobody out. */
  allowsEverybody(what: KeptWork): boolean;
  /** Who is seen in the call. Resolves when it was looked at whether somebody is to be asked because of them. */
  see(userIds: readonly string[]): Promise<void>;
  /** Reads how it stands. Once it resolves, {@link metadata} and {@link asked} are up to date. */
  read(): Promise<void>;
  /** Tells a child; it keeps nobody before. */
  tell(worker: Worker): Promise<void>;
  /** For everybody in the call; undefined before it was read. */
  metadata(): ConsentMetadata | undefined;
  /** Where people are asked. */
  asked(): MeetingState['consent'];
  close(): void;
}

export interface KeepingOptions {
  readonly worker: () => Worker | undefined;
  readonly onChange: () => void;
}

/** Whoever withdraws must not wait: a child that does not answer is replaced by one that keeps nobody at first. */
const TELL_TIMEOUT_MS = 6_000;
/** As after so many failures: who came or went changes little for the others. */
const LATER_PAUSE = 3;

export function createKeeping(
  { consent }: RunDeps,
  { roomId, meetingId }: RunFacts,
  { complain, insist, pause, signal }: Patience,
  { worker, onChange }: KeepingOptions,
): Keeping {
  let standing: Standing | undefined;
  let present: readonly string[] = [];
  /** From then on, changes are to be read as well: also those that come while the first answers are being read. */
  let isFollowing = false;
  let willLookAgain = false;
  let turn: Promise<unknown> = Promise.resolve();
  const told = new WeakMap<Worker, string>();

  const asked: Keeping['asked'] = () => {
    if (standing?.level !== 'ask') return undefined;
    const { agreed, askedMs, forExterns } = standing;
    const count = present.filter((userId) => agreed[userId] !== undefined).length;
    return { agreed: count, others: present.length - count, askedMs, forExterns };
  };
  /** How it stood when it was last told. Who comes and has not answered changes the count alone. */
  let shown = '';
  const howItStands = (): string => JSON.stringify([standing, asked()]);

  const readOnce = async (): Promise<void> => {
    standing = await consent.standing({ roomId, meetingId }, present);
  };

  const tell = async (child: Worker): Promise<void> => {
    const kept = standing?.kept ?? NOBODY;
    const text = JSON.stringify(kept);
    if (told.get(child) === text) return;
    const timer = setTimeout(() => child.kill(), TELL_TIMEOUT_MS);
    try {
      await child.remote.keep(kept);
      told.set(child, text);
    } catch (error) {
      child.kill();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
  const tellCurrent = async (): Promise<void> => {
    const child = worker();
    if (child?.inCall() === true) await tell(child).catch((error: unknown) => complain('consent', error));
  };

  /** One after the other: what was read earlier is never told later. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };

  /** @param answered somebody has answered: until it is known what, nobody is kept */
  const look = async (answered: boolean): Promise<void> => {
    try {
      await readOnce();
    } catch (error) {
      signal.throwIfAborted();
      complain('consent', error);
      if (!answered) {
        // The turn is left to whoever answers meanwhile.
        lookAgain();
        return;
      }
      standing = undefined;
      await tellCurrent();
      await insist('consent', readOnce);
    }
    await tellCurrent();
    if (howItStands() === shown) return;
    shown = howItStands();
    onChange();
  };
  const lookAgain = (): void => {
    if (willLookAgain) return;
    willLookAgain = true;
    pause(LATER_PAUSE).then(
      () => {
        willLookAgain = false;
        later(false);
      },
      () => undefined,
    );
  };
  const later = (answered: boolean): void => {
    inTurn(() => look(answered)).catch((error: unknown) => complain('consent', error));
  };
  const unfollow = consent.onChange(roomId, () => {
    if (isFollowing) later(true);
  });

  return {
    allows: (what, userId) => isKept((standing?.kept ?? NOBODY)[what], userId),
    allowsEverybody: (what) => standing?.kept[what] === 'everybody',
    see: (userIds) => {
      const next = [...new Set(userIds)].sort();
      if (next.join(' ') !== present.join(' ')) {
        present = next;
        if (isFollowing) later(false);
      }
      return turn.then(() => undefined);
    },
    read: () => {
      isFollowing = true;
      return inTurn(async () => {
        await insist('consent', readOnce);
        shown = howItStands();
      });
    },
    tell: (child) => inTurn(() => tell(child)),
    metadata: () => {
      if (standing === undefined) return undefined;
      const { level, agreed, forExterns } = standing;
      return { level, agreed: { ...agreed }, ...(forExterns ? { for_externs: true } : {}) };
    },
    asked,
    close: unfollow,
  };
}
