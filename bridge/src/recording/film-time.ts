import type { TimeSpan } from '../transcription/index.ts';

/** A stretch that was recorded without a break, and whether the next begins after a pause. */
export interface RecordedSpan {
  readonly startedMs: number;
  readonly untilMs: number;
  readonly paused: boolean;
}

/** The clock of a film from which the pauses are cut: wall clock, with everything after a pause moved forward by its length. */
export interface FilmTime {
  readonly pauses: readonly TimeSpan[];
  /** A moment in a pause is where the pause was. */
  of(wallMs: number): number;
  /** Parts of a span that are in the film. */
  within(span: TimeSpan): readonly TimeSpan[];
}

export function filmTimeOf(spans: readonly RecordedSpan[]): FilmTime {
  const pauses = spans.flatMap(({ untilMs, paused }, index): TimeSpan[] => {
    const next = spans[index + 1];
    return paused && next !== undefined && next.startedMs > untilMs
      ? [{ startMs: untilMs, endMs: next.startedMs }]
      : [];
  });
  const of: FilmTime['of'] = (wallMs) =>
    pauses.reduce((at, { startMs, endMs }) => at - Math.max(0, Math.min(wallMs, endMs) - startMs), wallMs);
  return {
    pauses,
    of,
    within: ({ startMs, endMs }) => {
      const span = { startMs: of(startMs), endMs: of(endMs) };
      return span.endMs > span.startMs ? [span] : [];
    },
  };
}
