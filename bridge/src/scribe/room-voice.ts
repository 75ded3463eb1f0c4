import { createHash } from 'node:crypto';
import type { MeetingBlock } from '@palabre/protocol';
import type * as z from 'zod';
import { MatrixError, matrixPath, statePath } from '../appservice/index.ts';
import {
  aboutOf,
  createOutbox,
  PublishRefused,
  meetingEdit,
  meetingMessage,
  noticeMessage,
  sourceOf,
  textsFor,
  type Content,
  type MeetingState,
  type NoticeCode,
  type OutgoingEvent,
} from '../publishing/index.ts';
import { shortName } from '../transcription/index.ts';
import type { RunDeps, RunFacts } from './deps.ts';
import { PUBLISHER_DEVICE } from './devices.ts';
import type { KeptWork, SeenPerson } from './store.ts';

/** Somebody redacted what it belongs to: it is not posted any more. */
export class TakenBack extends Error {
  override readonly name = 'TakenBack';
}

/** What there is to be said of a meeting. */
export interface MeetingNow {
  /** Whose news it is. */
  readonly runs: readonly string[];
  readonly doing: readonly KeptWork[];
  readonly over: boolean;
  /** While it is recorded. */
  readonly recording?: MeetingBlock['recording'];
  /** Results that are on their way. */
  readonly preparing?: MeetingBlock['preparing'];
  /** Where people are asked. */
  readonly consent?: MeetingState['consent'];
}

/** What one run says in its room: all in the thread of its meeting, encrypted when the room is. */
export interface RoomVoice {
  /** The message that opens the thread; sent when it is first needed. */
  root(): Promise<string>;
  /** Brings that message up to date. */
  meeting(now: MeetingNow): Promise<void>;
  /** Says once in a meeting that somebody reads captions, for those whose client shows it nowhere. */
  captions(): Promise<void>;
  /** Says, once for each run, that people are asked because externs are in the call. */
  externs(): Promise<void>;
  /**
   * @param stands what else it depends on, where somebody may take that back
   * @throws TakenBack
   */
  post(
    key: string,
    build: (root: string) => Promise<Content> | Content,
    stands?: () => Promise<boolean>,
  ): Promise<string>;
  notice(key: string, code: NoticeCode, level: 'info' | 'warning' | 'error', text?: string): Promise<void>;
  once<T>(key: string, schema: z.ZodType<T>, work: () => Promise<T>): Promise<T>;
  /** What was begun to be sent of this source goes out, so that a deletion finds it. */
  settle(source: string): Promise<void>;
  /** Was something remembered under this key? */
  knows(key: string): Promise<boolean>;
  /** Everybody who was there; names are short. */
  people(): Promise<readonly SeenPerson[]>;
  /** Read anew, because encryption can be switched on in mid-meeting; it stays on. */
  isEncrypted(): Promise<boolean>;
  /** A plain word of the watcher, for when the scribe cannot speak. It holds nothing of the meeting. */
  watcherNotice(code: NoticeCode, where?: { readonly roomId?: string; readonly key?: string }): Promise<void>;
  forget(): Promise<void>;
}

type Encrypt = (type: string, content: Content) => Promise<Content>;

/** @param ownerId who forgets what is kept to post it again, where that is not the run */
export function createRoomVoice(
  deps: RunDeps,
  run: RunFacts,
  encrypt: Encrypt,
  signal: AbortSignal,
  ownerId?: string,
): RoomVoice {
  const { store, now, language } = deps;
  let encrypted = run.encrypted;
  /** As the scribe sees it. No answer is no answer: whatever it was asked for is tried again. */
  const seesEncryption = async (): Promise<boolean> => {
    try {
      await deps.client.request('GET', statePath(run.roomId, 'm.room.encryption'), { asUser: deps.scribeUserId });
      return true;
    } catch (error) {
      if (error instanceof MatrixError && error.status === 404) return false;
      throw error;
    }
  };
  const isEncrypted = async (): Promise<boolean> => {
    if (encrypted) return true;
    // The watcher may have left the room.
    if (!((await deps.isEncrypted(run.roomId)) ?? (await seesEncryption()))) return false;
    await store.setEncrypted(run.id);
    encrypted = true;
    return true;
  };

  const outbox = createOutbox({
    db: deps.publications,
    client: deps.client,
    sealer: run.sealer,
    runId: run.id,
    ownerId,
    roomId: run.roomId,
    userId: deps.scribeUserId,
    deviceId: PUBLISHER_DEVICE,
    fits: async ({ type }) => type === 'm.room.encrypted' || !(await isEncrypted()),
    now,
    signal,
    onTrouble: (error) => deps.log.logger.warn({ err: error, run: run.id }, 'posting is tried again'),
  });

  let meetingTurn: Promise<unknown> = Promise.resolve();

  const encryptHere = async (content: Content): Promise<Content> => {
    try {
      return await encrypt('m.room.message', content);
    } catch (error) {
      // Who was put out of a room cannot encrypt for it, and would never hear the homeserver's refusal.
      if (!(await deps.devices.isInside(run.roomId))) throw new PublishRefused('M_FORBIDDEN');
      throw error;
    }
  };
  const eventOf = async (content: Content): Promise<OutgoingEvent> =>
    (await isEncrypted())
      ? { type: 'm.room.encrypted', content: await encryptHere(content), about: aboutOf(content) }
      : { type: 'm.room.message', content, about: aboutOf(content) };

  const people = async (): Promise<readonly SeenPerson[]> => {
    const seen = await store.seen(run.id);
    const names = new Map(seen.map(({ userId, name }) => [userId, name]));
    const present = await deps.meetings.people(run.roomId, run.meetingId);
    const all = new Map([...present, ...seen].map((person) => [person.userId, person]));
    return [...all.values()].map(({ userId, name }) => ({
      userId,
      name: shortName(names.get(userId) ?? name) || shortName(userId),
    }));
  };

  const stateOf = async ({ doing, over, recording, preparing, consent }: MeetingNow): Promise<MeetingState> => {
    const stops = (await store.jobs(run.id)).flatMap(({ stoppedMs }) => stoppedMs ?? []);
    return {
      doing,
      consent,
      block: {
        kind: 'meeting',
        meeting_id: run.meetingId,
        state: over ? 'ended' : 'running',
        started_ms: Math.round(run.meetingStartedMs),
        // The moment up to which somebody listened; posting takes longer and does not count.
        ...(over ? { ended_ms: Math.round(stops.length === 0 ? now() : Math.max(...stops)) } : {}),
        ...(over ? {} : { working: [...doing] }),
        ...(over || consent === undefined || doing.length === 0
          ? {}
          : { consent: { agreed: consent.agreed, others: consent.others, asked_ms: consent.askedMs } }),
        participants: (await people()).map(({ userId, name }) => ({ user_id: userId, name })),
        ...(recording === undefined ? {} : { recording }),
        ...(preparing === undefined ? {} : { preparing }),
      },
    };
  };

  const openThread = async (state: () => Promise<MeetingState>): Promise<string> => {
    const known = await store.threadRoot(run.meetingId);
    if (known !== undefined) return known;
    const root = await outbox.post(`${run.id}:root`, async () => eventOf(meetingMessage(await state(), language)));
    await store.setThreadRoot(run.meetingId, root);
    return root;
  };

  const root = (): Promise<string> => {
    const opened = meetingTurn.then(() => openThread(() => stateOf({ runs: [run.id], doing: [], over: false })));
    meetingTurn = opened.catch(() => undefined);
    return opened;
  };

  /** Beside the thread, where clients that show none have it, too. */
  const toEverybody = async (key: string, code: NoticeCode): Promise<void> => {
    const block = { meeting_id: run.meetingId, level: 'info', code } as const;
    const words = textsFor(language).notices[code];
    await outbox.post(`${run.id}:${key}`, () => eventOf(noticeMessage(words, block, undefined)));
  };

  return {
    root,
    people,
    isEncrypted,
    meeting: (news) => {
      const told = meetingTurn.then(async () => {
        if (await deps.deletions.coversMeeting(run.meetingId)) return;
        const known = await store.threadRoot(run.meetingId);
        // Somebody took it back: nothing is opened again to say that it is over.
        if (known === undefined && news.over) return;
        if (known === undefined) {
          await openThread(() => stateOf(news));
          return;
        }
        const state = await stateOf(news);
        // The same news once: how it reads now, without the moment of ending. What it was before the last may come again.
        const steady = { ...state.block, ended_ms: undefined };
        const jobs = (await store.jobs(run.id)).map(({ id }) => id);
        const digest = createHash('sha256')
          .update(JSON.stringify([steady, news.doing, jobs, news.consent, news.runs]))
          .digest('base64url')
          .slice(0, 22);
        const count = await store.tell(run.meetingId, digest);
        // A message that was taken back and opened anew begins to count anew.
        const key = `${run.id}:meeting:${known}:${count}`;
        await outbox.post(key, async () => eventOf(meetingEdit(state, known, language)));
      });
      meetingTurn = told.catch(() => undefined);
      return told;
    },
    post: async (key, build, stands) => {
      const mustStand = async (): Promise<void> => {
        if (await deps.deletions.coversJob(sourceOf(key))) throw new TakenBack();
      };
      await mustStand();
      const thread = await root();
      return outbox.post(
        key,
        async () => eventOf(await build(thread)),
        // Once it is stored, where a deletion finds it: to encrypt, or to upload, takes a while.
        async () => {
          await mustStand();
          if ((await stands?.()) === false) throw new TakenBack();
        },
      );
    },
    notice: async (key, code, level, text) => {
      const thread = await root();
      const words = text ?? textsFor(language).notices[code];
      await outbox.post(key, () => eventOf(noticeMessage(words, { meeting_id: run.meetingId, level, code }, thread)));
    },
    captions: async () => {
      if (await store.areCaptionsAnnounced(run.meetingId)) return;
      await toEverybody('captions', 'captions_on');
      await store.setCaptionsAnnounced(run.id);
    },
    externs: () => toEverybody('externs', 'consent_externs'),
    settle: (source) => outbox.settle(source),
    knows: (key) => outbox.knows(key),
    once: (key, schema, work) => outbox.once(key, schema, work),
    watcherNotice: async (code, { roomId = run.roomId, key = '' } = {}) => {
      const text = textsFor(language).notices[code];
      const content = noticeMessage(text, { meeting_id: run.meetingId, level: 'error', code }, undefined);
      await deps.client.request(
        'PUT',
        matrixPath`/_matrix/client/v3/rooms/${roomId}/send/m.room.message/${`palabre.${run.id}.${code}${key}`}`,
        { body: content },
      );
    },
    forget: () => outbox.forget(),
  };
}
