import type { TranscriptMark } from '@palabre/protocol';
import type { TimeSpan } from '../transcription/index.ts';

/** What a transcript says of a meeting beside its words. Pure. */

/** Who was found in the call when it began to be kept, who came and who went. */
export interface PresenceChange {
  readonly userId: string;
  readonly atMs: number;
  readonly change: 'present' | 'joined' | 'left';
}

export interface KeptRecording {
  readonly startedMs: number;
  /** The last one has no end where it was paused until it was stopped. */
  readonly pauses: readonly {
    readonly startMs: number;
    readonly endMs: number | undefined;
    /** User ids of those who may be named. */
    readonly pausedBy: string | undefined;
    readonly resumedBy: string | undefined;
  }[];
  readonly stoppedMs: number | undefined;
}

export interface MarkSources {
  /** In order of time. */
  readonly presence: readonly PresenceChange[];
  readonly recordings: readonly KeptRecording[];
  readonly messages: readonly { readonly userId: string; readonly atMs: number; readonly eventId: string }[];
}

/** A page that is loaded again, or a connection that is made again, is no news. */
const BACK_WITHIN_MS = 15_000;
/** People are found one after the other in the beginning, and go one after the other in the end. */
const EDGE_MS = 5_000;

/** Without those who came back at once. */
function news(presence: readonly PresenceChange[]): readonly PresenceChange[] {
  const dropped = new Set<PresenceChange>();
  for (const [index, left] of presence.entries()) {
    if (left.change !== 'left') continue;
    const next = presence.slice(index + 1).find(({ userId }) => userId === left.userId);
    if (next?.change !== 'joined' || next.atMs - left.atMs > BACK_WITHIN_MS) continue;
    dropped.add(left).add(next);
  }
  return presence.filter((change) => change.change !== 'present' && !dropped.has(change));
}

/** @returns in order of time, told from the start of the window; nothing of outside it */
export function marksOf(
  { presence, recordings, messages }: MarkSources,
  names: ReadonlyMap<string, string>,
  window: TimeSpan,
): TranscriptMark[] {
  const by = (userId: string | undefined): { user_id?: string; name?: string } => {
    if (userId === undefined) return {};
    const name = names.get(userId);
    return { user_id: userId, ...(name === undefined ? {} : { name }) };
  };
  const all: TranscriptMark[] = [
    ...news(presence)
      .filter(({ atMs }) => atMs > window.startMs + EDGE_MS && atMs < window.endMs - EDGE_MS)
      .flatMap(({ userId, atMs, change }) =>
        change === 'present' ? [] : [{ at_ms: atMs, kind: change, ...by(userId) }],
      ),
    ...recordings.flatMap(({ startedMs, pauses, stoppedMs }) => [
      { at_ms: startedMs, kind: 'recording_started' as const },
      ...pauses.flatMap(({ startMs, endMs, pausedBy, resumedBy }) => [
        { at_ms: startMs, kind: 'recording_paused' as const, ...by(pausedBy) },
        ...(endMs === undefined ? [] : [{ at_ms: endMs, kind: 'recording_resumed' as const, ...by(resumedBy) }]),
      ]),
      ...(stoppedMs === undefined ? [] : [{ at_ms: stoppedMs, kind: 'recording_stopped' as const }]),
    ]),
    ...messages.map(({ userId, atMs, eventId }) => ({
      at_ms: atMs,
      kind: 'message' as const,
      ...by(userId),
      event_id: eventId,
    })),
  ];
  return all
    .filter(({ at_ms: atMs }) => atMs >= window.startMs && atMs <= window.endMs)
    .map((mark) => ({ ...mark, at_ms: Math.round(mark.at_ms - window.startMs) }))
    .sort((a, b) => a.at_ms - b.at_ms);
}
