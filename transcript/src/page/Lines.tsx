import type { CorrectedLine } from '@palabre/protocol';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { lineAt, type Entry } from './entries.ts';
import { Line } from './Line.tsx';
import { Mark } from './Mark.tsx';
import type { Hit } from './search.ts';
import type { Playable } from './use-playable.ts';

const NO_HITS: readonly Hit[] = [];

const lineIn = (list: HTMLElement, index: number): HTMLElement | null =>
  list.querySelector<HTMLElement>(`[data-index="${index}"]`);

/** Brings a line into sight within its list; nothing else of the page moves. */
function reveal(list: HTMLElement, index: number): void {
  const line = lineIn(list, index);
  if (line === null) return;
  const { top, bottom } = line.getBoundingClientRect();
  const frame = list.getBoundingClientRect();
  if (top >= frame.top + 24 && bottom <= frame.bottom - 24) return;
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  list.scrollBy({ top: top - frame.top - frame.height / 3, behavior: calm ? 'auto' : 'smooth' });
}

/** What was said and what happened, one below the other; the line that is heard is marked, and followed. */
export function Lines(props: {
  /** What there is to say of all of them. */
  readonly head: ReactNode;
  readonly entries: readonly Entry[];
  readonly hits: readonly Hit[];
  readonly hit: Hit | undefined;
  readonly sought: { readonly atMs: number } | undefined;
  readonly playing: number;
  readonly following: boolean;
  readonly onUnfollow: () => void;
  readonly playable: Playable;
  readonly onPlay: (corrected: CorrectedLine, offset?: number) => void;
  readonly mayCorrect: (line: CorrectedLine['line']) => boolean;
  readonly onCorrect: (index: number) => void;
  readonly onVersions: (index: number) => void;
}) {
  const list = useRef<HTMLOListElement>(null);
  const { entries, hits, hit, sought, playable, playing, following, onUnfollow } = props;
  useEffect(() => {
    if (following && playing >= 0 && list.current !== null) reveal(list.current, playing);
  }, [following, playing]);
  useEffect(() => {
    if (hit !== undefined && list.current !== null) reveal(list.current, hit.line);
  }, [hit]);
  const latest = useRef(entries);
  useEffect(() => {
    latest.current = entries;
  }, [entries]);
  useEffect(() => {
    if (sought === undefined || list.current === null) return;
    const lines = latest.current.flatMap((entry) => (entry.kind === 'mark' ? [] : entry));
    const found =
      lines[
        lineAt(
          lines.map(({ corrected }) => corrected.line),
          sought.atMs,
        )
      ];
    if (found === undefined) return;
    reveal(list.current, found.index);
    lineIn(list.current, found.index)?.focus({ preventScroll: true });
  }, [sought]);
  const hitsOf = new Map<number, Hit[]>();
  for (const each of hits) hitsOf.set(each.line, [...(hitsOf.get(each.line) ?? []), each]);
  return (
    <ol
      ref={list}
      className="lines"
      // Whoever scrolls wants to look elsewhere.
      onWheel={onUnfollow}
      onTouchMove={onUnfollow}
    >
      <li className="lines-head">{props.head}</li>
      {entries.map((entry) =>
        entry.kind === 'mark' ? (
          <Mark key={`mark-${entry.mark.at_ms}-${entry.mark.kind}-${entry.mark.user_id ?? ''}`} mark={entry.mark} />
        ) : (
          <Line
            key={`line-${entry.index}`}
            index={entry.index}
            corrected={entry.corrected}
            speaks={entry.speaks}
            playing={entry.index === playing}
            hits={hitsOf.get(entry.index) ?? NO_HITS}
            hit={hit?.line === entry.index ? hit : undefined}
            canPlay={playable.momentOf(entry.corrected.line) !== undefined}
            unheard={playable.isUnheard(entry.corrected.line)}
            onPlay={props.onPlay}
            mayCorrect={entry.corrected.line.id !== undefined && props.mayCorrect(entry.corrected.line)}
            onCorrect={props.onCorrect}
            onVersions={props.onVersions}
          />
        ),
      )}
    </ol>
  );
}
