import { fittedMinutes, minutesMessage } from '../publishing/index.ts';
import { extractContent, type SourceLine } from '../summary/index.ts';
import type { Paragraph } from '../transcription/index.ts';
import type { Context } from './results.ts';

/**
 * Minutes of what was heard: handed over where a model writes them or moderators look at them first, which may take longer than
 * the scribe should stay; otherwise an extract, at once.
 * @param messageOf the message that holds the transcript of what somebody said, by its time in the transcript
 */
export async function finishMinutes(
  { deps, run, voice, job, window }: Context,
  paragraphs: readonly Paragraph[],
  language: string,
  messageOf: (startMs: number, userId: string) => string | undefined,
): Promise<void> {
  const people = await voice.people();
  const facts = {
    started_ms: Math.round(window.startMs),
    duration_ms: Math.round(window.endMs - window.startMs),
    participants: people.map(({ userId, name }) => ({ user_id: userId, name })),
  };
  const lines = paragraphs.map(({ userId, name, text, ...times }): SourceLine => {
    const startMs = Math.round(times.startMs - window.startMs);
    const endMs = Math.round(times.endMs - window.startMs);
    return { userId, name, startMs, endMs, text, eventId: messageOf(startMs, userId) };
  });
  const talk = { lines, language };
  const { id } = job;
  const { roomId, id: runId, meetingId, meetingStartedMs } = run;
  const isTaken = await deps.minutes?.take({ id, roomId, runId, meetingId, meetingStartedMs, facts, talk });
  if (isTaken === true) return;
  await voice.post(`${id}:minutes`, (thread) =>
    minutesMessage(
      fittedMinutes({ meeting_id: meetingId, ...facts, ...extractContent(talk), edited: false }, roomId, deps.language),
      thread,
      roomId,
      deps.language,
    ),
  );
}
