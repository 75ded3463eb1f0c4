import { minutesTextsFor } from '../publishing/index.ts';
import type { Background } from './background.ts';
import type { MinutesDeps } from './deps.ts';
import { createDraftNotices, type NoticeKind } from './notices.ts';
import type { MinutesRow, MinutesStore } from './store.ts';

/** Tells rooms and calls that drafts wait, and what became of them. */
export interface Announcer {
  /** @returns when the room knows, or may not be told */
  waits(row: MinutesRow, kind: 'waiting' | 'refused'): Promise<void>;
  /** In the background. @param by who decided, as the room knows them */
  ended(row: MinutesRow, kind: Exclude<NoticeKind, 'waiting' | 'refused'>, by?: string): void;
  tellCall(roomId: string): Promise<void>;
}

/** A draft that nobody approves for so long is deleted. */
export const DRAFT_MS = 14 * 86_400_000;

export function untilMsOf({ waitingMs }: MinutesRow, nowMs: number): number {
  return (waitingMs ?? nowMs) + DRAFT_MS;
}

export function createAnnouncer(
  { client, language, onWaiting, now }: Pick<MinutesDeps, 'client' | 'language' | 'onWaiting' | 'now'>,
  store: MinutesStore,
  { insist, track }: Background,
): Announcer {
  const notices = createDraftNotices(client);
  const texts = minutesTextsFor(language).notices;
  const tellCall = async (roomId: string): Promise<void> => {
    onWaiting(roomId, (await store.waiting(roomId)).length);
  };
  return {
    tellCall,
    waits: (row, kind) =>
      insist('a draft could not be announced', async () => {
        const eventId = await notices.say(row, kind, texts[kind](untilMsOf(row, now())));
        if (eventId !== undefined) await store.setNotice(row.id, eventId);
        await tellCall(row.roomId);
      }),
    ended: (row, kind, by = '') => {
      const text = kind === 'expired' || kind === 'withdrawn' ? texts[kind] : texts[kind](by);
      const told = insist('the end of a draft could not be told', () => notices.change(row, kind, text));
      track('the end of a draft could not be told', told);
      track('the call could not be told', tellCall(row.roomId));
    },
  };
}
