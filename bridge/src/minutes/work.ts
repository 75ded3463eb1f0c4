import type { MinutesFacts, MinutesMode } from '@palabre/protocol';
import { fittedMinutes, PublishRefused } from '../publishing/index.ts';
import { minutesContent } from '../summary/index.ts';
import type { Announcer } from './announcer.ts';
import type { Background } from './background.ts';
import type { MinutesDeps } from './deps.ts';
import type { Records } from './records.ts';
import type { MinutesRow, MinutesStore } from './store.ts';

/** Minutes are made and posted here, one step after the other, each in the database before the next. */
export interface Work {
  /** In the background, written one after the other: models are slow, and few machines have two. */
  make(row: MinutesRow): void;
  /** In the background. */
  post(row: MinutesRow): void;
  /** Is it under way in this process? */
  has(id: string): boolean;
  /** May any of this meeting be appearing in the room at this moment? @param id this one only */
  isPosting(meetingId: string, id: string | undefined): boolean;
  /** Is the scribe needed in this room? */
  worksIn(roomId: string): boolean;
  /** The scribe is needed there. @returns a function that ends it */
  hold(roomId: string): () => Promise<void>;
}

export function calledOf({ user_id: userId, name }: { readonly user_id: string; readonly name: string }): string {
  return name === userId ? userId : `${name} (${userId})`;
}

export function createWork(
  deps: MinutesDeps,
  store: MinutesStore,
  records: Records,
  announcer: Announcer,
  background: Background,
  modeOf: (roomId: string) => Promise<MinutesMode>,
): Work {
  const { log, now } = deps;
  const { signal, complain, insist, track } = background;
  const taken = new Set<string>();
  /** How much is being made or posted, by room. */
  const works = new Map<string, number>();
  /** Meetings of those that may be appearing in a room at this moment, by id. */
  const posting = new Map<string, string>();
  let turn: Promise<void> = Promise.resolve();

  const hold = (roomId: string): (() => Promise<void>) => {
    works.set(roomId, (works.get(roomId) ?? 0) + 1);
    return async () => {
      const left = (works.get(roomId) ?? 1) - 1;
      if (left > 0) works.set(roomId, left);
      else works.delete(roomId);
      if (!signal.aborted) await deps.release(roomId).catch((error: unknown) => complain('the scribe stays', error));
    };
  };

  /** Into the room. What it refuses becomes a draft, so that nothing is lost. */
  const post = async (row: MinutesRow): Promise<void> => {
    const { id, roomId, runId, meetingId, meetingStartedMs } = row;
    const facts = records.factsOf(row);
    let isPosted: boolean;
    try {
      isPosted = await insist('minutes are posted later', async () => {
        posting.set(id, meetingId);
        try {
          // They may have been taken back since the last attempt, and all traces of that be gone.
          const current = await store.get(id);
          if (current?.state !== 'posting' || current.roomId !== roomId) return false;
          return await deps.publish({ id, roomId, runId, meetingId, meetingStartedMs, facts }, signal);
        } finally {
          posting.delete(id);
        }
      });
    } catch (error) {
      if (!(error instanceof PublishRefused)) throw error;
      log.logger.warn({ err: error }, 'a room refuses minutes');
      const back = { state: 'waiting' as const, body: row.body, waitingMs: row.waitingMs ?? now() };
      const isBack = await insist('a draft', () => store.move(id, row, back));
      await insist('minutes', () => deps.forget(id));
      if (!isBack) return;
      await announcer.waits({ ...row, waitingMs: back.waitingMs }, 'refused');
      return;
    }
    await insist('minutes', () => store.move(id, row, { state: 'done', body: undefined }));
    await insist('minutes', () => deps.forget(id));
    if (isPosted && facts.approved_by !== undefined) announcer.ended(row, 'approved', calledOf(facts.approved_by));
  };

  /** @returns them as they are to be posted or approved; undefined when nothing comes of them */
  const write = async (row: MinutesRow): Promise<MinutesRow | undefined> => {
    let opened: ReturnType<Records['talkOf']>;
    try {
      opened = records.talkOf(row);
    } catch (error) {
      // Sealed under another secret: no further attempt opens it, and others wait for their turn.
      complain('what was said cannot be opened any more, so there are no minutes of it', error);
      return undefined;
    }
    const { facts, talk } = opened;
    const content = await minutesContent(deps.model, talk, signal, (error) =>
      complain('a language model could not be used', error),
    );
    const whole: MinutesFacts = { meeting_id: row.meetingId, ...facts, ...content, edited: false };
    const made = fittedMinutes(whole, row.roomId, deps.language);
    return insist('minutes', async () => {
      // As the room wants it now: moderators may have changed their mind since the meeting.
      const isDraft = (await modeOf(row.roomId)) === 'draft';
      const body = records.sealFacts(row.id, made);
      await store.move(
        row.id,
        row,
        isDraft ? { state: 'waiting', body, waitingMs: now() } : { state: 'posting', body },
      );
      return store.get(row.id);
    });
  };
  const deliver = async (next: MinutesRow | undefined): Promise<void> => {
    if (next?.state === 'waiting') await announcer.waits(next, 'waiting');
    if (next?.state === 'posting') await post(next);
  };

  return {
    has: (id) => taken.has(id),
    isPosting: (meetingId, id) =>
      [...posting].some(([other, meeting]) => meeting === meetingId && (id === undefined || other === id)),
    worksIn: (roomId) => works.has(roomId),
    hold,
    make: (row) => {
      taken.add(row.id);
      const release = hold(row.roomId);
      const written = turn.then(() => insist('minutes are made later', () => write(row)));
      // Only the model has them wait for each other: a room that takes nothing holds up no other.
      turn = written.then(
        () => undefined,
        () => undefined,
      );
      track('minutes could not be made', written.then(deliver).finally(release));
    },
    post: (row) => {
      taken.add(row.id);
      track('minutes could not be posted', post(row).finally(hold(row.roomId)));
    },
  };
}
