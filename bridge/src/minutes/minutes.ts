import { PalabreError } from '@palabre/protocol';
import type { Artefacts, Deletable } from '../governance/index.ts';
import { createAnnouncer, DRAFT_MS } from './announcer.ts';
import { createBackground } from './background.ts';
import type { MinutesDeps, MinutesRequest } from './deps.ts';
import { createDesk, outrun, type Desk } from './desk.ts';
import { createModes } from './modes.ts';
import { createRecords } from './records.ts';
import { createMinutesStore } from './store.ts';
import type { MinutesTables } from './tables.ts';
import { createWork } from './work.ts';

export interface Minutes extends Desk {
  /** @returns false: nobody and nothing has to look at them first, so that whoever asks posts an extract at once */
  take(request: MinutesRequest): Promise<boolean>;
  /** Is something being made or posted for this room, so that the scribe is needed there? */
  worksIn(roomId: string): boolean;
  readonly artefacts: Artefacts;
  /** What is not posted yet goes with the transcript it was made of; throws while that must be tried again. */
  readonly deletable: Deletable;
  /** Takes up what a former process left. Once the scribe can post. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** How long it is remembered that minutes were made, so that they are not made twice. */
const DONE_MS = 30 * 86_400_000;
const SWEEP_EVERY_MS = 3_600_000;
/** Nothing is being made of them or posted. */
const DELETABLE = ['waiting', 'done'] as const;

export function createMinutes(deps: MinutesDeps): Minutes {
  const { model, now } = deps;
  const store = createMinutesStore(deps.database.$extendTables<MinutesTables>());
  const records = createRecords(deps.sealer);
  const background = createBackground(deps.log, deps.pausesMs);
  const modeOf = createModes(deps.client, store, deps.scribeUserId);
  const announcer = createAnnouncer(deps, store, background);
  const work = createWork(deps, store, records, announcer, background, modeOf);
  const desk = createDesk(deps, store, records, announcer, work, background, modeOf);
  let timer: NodeJS.Timeout | undefined;

  const sweep = async (): Promise<void> => {
    for (const row of await store.waitingSince(now() - DRAFT_MS)) {
      const { roomId, meetingId } = row;
      // A draft that comes back after it was spared is another case.
      const key = `${row.id} ${row.revision}`;
      try {
        await deps.audit.during({ action: 'minutes.delete', means: 'server', roomId, meetingId, key }, async () => {
          if (!(await store.move(row.id, row, { state: 'done', body: undefined }))) throw outrun();
        });
      } catch (error) {
        // A moderator has decided at the same moment: the trail says that nothing was deleted.
        if (error instanceof PalabreError) continue;
        throw error;
      }
      announcer.ended(row, 'expired');
    }
    for (const id of await store.deleteBefore(undefined, ['done'], now() - DONE_MS)) await deps.forget(id);
  };

  return {
    ...desk,
    worksIn: (roomId) => work.worksIn(roomId),
    take: async ({ id, roomId, runId, meetingId, meetingStartedMs, facts, talk }) => {
      const known = await store.get(id);
      if (known?.roomId === roomId) return true;
      // The room was upgraded: what was decided there stands, and what it refused is made anew for its successor.
      if (known?.state === 'done') return true;
      if (known !== undefined) {
        await store.remove(id);
        await deps.forget(id);
      }
      if (model === undefined && (await modeOf(roomId)) === 'post') return false;
      const body = records.sealTalk(id, { facts, talk });
      await store.add({ id, roomId, runId, meetingId, meetingStartedMs, body, createdMs: now() });
      const row = await store.get(id);
      if (row !== undefined) work.make(row);
      return true;
    },
    artefacts: {
      rooms: () => store.rooms(),
      holdsBefore: (roomId, beforeMs) => store.holdsBefore(roomId, DELETABLE, beforeMs),
      deleteBefore: async (roomId, beforeMs) => {
        for (const id of await store.deleteBefore(roomId, DELETABLE, beforeMs)) await deps.forget(id);
        await announcer.tellCall(roomId);
      },
    },
    deletable: {
      delete: async ({ kind, meetingId, jobId }) => {
        if (kind !== 'meeting' && kind !== 'transcript') return;
        const only = kind === 'meeting' ? undefined : jobId;
        for (const row of await store.ofMeeting(meetingId, only)) {
          const isGone = await store.move(row.id, row, { state: 'done', body: undefined });
          if (!isGone) throw new Error('minutes moved on while they were deleted');
          if (row.state === 'waiting') announcer.ended(row, 'withdrawn');
        }
        if (work.isPosting(meetingId, only)) throw new Error('minutes that are being posted are deleted afterwards');
      },
    },
    start: async () => {
      for (const row of await store.inState('posting')) if (!work.has(row.id)) work.post(row);
      for (const row of await store.inState('making')) if (!work.has(row.id)) work.make(row);
      for (const row of await store.inState('waiting')) {
        const untold = row.noticeEventId === undefined;
        if (untold) background.track('a draft could not be announced', announcer.waits(row, 'waiting'));
      }
      await sweep();
      timer ??= setInterval(() => background.track('old drafts stay for now', sweep()), SWEEP_EVERY_MS);
    },
    close: async () => {
      clearInterval(timer);
      await background.close();
    },
  };
}
