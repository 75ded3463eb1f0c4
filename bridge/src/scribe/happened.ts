import type { TranscriptMark } from '@palabre/protocol';
import { marksOf, type KeptRecording } from './marks.ts';
import type { Context } from './results.ts';
import { messagesIn, type RoomMessage } from './room-messages.ts';
import type { SegmentRow } from './store.ts';

/** What was written meanwhile. The scribe reads nobody's messages in encrypted rooms. */
async function writtenIn({ deps, run, voice, window }: Context): Promise<readonly RoomMessage[]> {
  if (await voice.isEncrypted()) return [];
  try {
    return await messagesIn(deps.client, { roomId: run.roomId, asUser: deps.scribeUserId }, window);
  } catch (error) {
    // A transcript without them is still a transcript, and no later for it.
    deps.log.logger.warn({ err: error, run: run.id }, 'messages of a meeting could not be listed');
    return [];
  }
}

type MayName = (of: { readonly userId: string; readonly atMs: number }) => boolean;

/** @returns nothing where it never began */
function recordingOf(
  segments: readonly SegmentRow[],
  stoppedMs: number | undefined,
  mayName: MayName,
): KeptRecording[] {
  const [first] = segments;
  if (first === undefined) return [];
  const nameable = (userId: string | undefined, atMs: number | undefined): string | undefined =>
    userId !== undefined && atMs !== undefined && mayName({ userId, atMs }) ? userId : undefined;
  const pauses = segments.flatMap(({ untilMs: startMs, brokenBy, pausedBy }, index) => {
    if (brokenBy !== 'paused') return [];
    const next = segments[index + 1];
    const endMs = next?.startedMs;
    return [{ startMs, endMs, pausedBy: nameable(pausedBy, startMs), resumedBy: nameable(next?.resumedBy, endMs) }];
  });
  return [{ startedMs: first.startedMs, pauses, stoppedMs }];
}

/** Who came and went, recordings and their pauses, and what was written, while a transcript was made; of people, only what was before anybody was asked, or those who agreed to be in it, but for what they did while they refused, or after they withdrew. */
export async function happenedIn(context: Context): Promise<TranscriptMark[]> {
  const { deps, run, voice, window } = context;
  const named = await deps.consent.mayName(run.meetingId, 'transcription');
  const mayName: MayName = ({ userId, atMs }) => named?.(userId, atMs) ?? true;
  const recorded = (await deps.store.jobs(run.id)).filter(({ what }) => what === 'recording');
  const recordings = await Promise.all(
    recorded.map(async ({ id, stoppedMs }) => recordingOf(await deps.store.segments(id), stoppedMs, mayName)),
  );
  const sources = {
    presence: (await deps.store.presence(run.id)).filter((one) => one.userId !== deps.scribeUserId && mayName(one)),
    recordings: recordings.flat(),
    messages: (await writtenIn(context)).filter(mayName),
  };
  return marksOf(sources, new Map((await voice.people()).map(({ userId, name }) => [userId, name])), window);
}
