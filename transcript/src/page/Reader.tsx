import { wallClockOf, type CorrectedLine } from '@palabre/protocol';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ThreadItem, ThreadMessage } from '../documents/index.ts';
import { entriesOf, lineAt } from './entries.ts';
import { Films } from './Films.tsx';
import { Gaps } from './Gaps.tsx';
import { Lines } from './Lines.tsx';
import { LineEditor } from './LineEditor.tsx';
import { showMoment } from './moments.ts';
import { SearchBar } from './SearchBar.tsx';
import { saidAt } from './said-at.ts';
import { findHits } from './search.ts';
import type { Hit } from './search.ts';
import { useSurroundings, useTranscriptRoom } from './surroundings.ts';
import { useCorrectedCaptions } from './use-corrected-captions.ts';
import { useOrigin } from './use-origin.ts';
import { usePlayable } from './use-playable.ts';
import type { ShownTranscript } from './use-transcript.ts';
import { Unplayable } from './Unplayable.tsx';
import { Versions } from './Versions.tsx';
import './transcript.css';

const NO_HITS: readonly Hit[] = [];

/** A moment of a transcript, in ms from its zero. */
export interface Sought {
  readonly atMs: number;
}

type Asked = { readonly what: 'correct' | 'versions'; readonly index: number };

/** A transcript beside its recording: to read, to listen to, to search and to correct. */
export function Reader(props: {
  readonly items: readonly ThreadItem[];
  readonly transcript: ShownTranscript;
  /** What somebody wants to read: brought into sight, with the focus on it. Another object asks again. */
  readonly sought?: Sought | undefined;
}) {
  const { t } = useTranslation();
  const { items, transcript, sought } = props;
  const { block, lines, marks, utterances } = transcript;
  const origin = useOrigin(block);
  const posted = useMemo(() => lines.map(({ line }) => line), [lines]);
  const correctCaptions = useCorrectedCaptions(transcript);
  const playable = usePlayable(items, block, posted);
  const entries = useMemo(() => entriesOf(lines, marks), [lines, marks]);
  const { mayCorrect } = useTranscriptRoom();
  const { Button, Warning } = useSurroundings().parts;
  const [query, setQuery] = useState('');
  const [hitIndex, setHitIndex] = useState(0);
  const [playing, setPlaying] = useState(-1);
  const [following, setFollowing] = useState(true);
  const [asked, setAsked] = useState<Asked>();
  const hits = useMemo(
    () =>
      query.trim() === ''
        ? NO_HITS
        : findHits(
            lines.map(({ text }) => text),
            query,
          ),
    [lines, query],
  );
  const hit = hits[Math.min(hitIndex, hits.length - 1)];

  // Read at the time of a click: who listens to a film must not draw every line anew.
  const latest = useRef({ playable, utterances });
  useEffect(() => {
    latest.current = { playable, utterances };
  }, [playable, utterances]);
  const play = useCallback(({ line, text }: CorrectedLine, offset?: number) => {
    const { playable: now, utterances: said } = latest.current;
    // Of words that somebody corrected nobody knows when they were said.
    const at = text === line.text ? offset : undefined;
    const startMs = at === undefined ? line.start_ms : saidAt(line, said.get(line.id ?? '') ?? [], at);
    const moment = now.momentOf(line, startMs);
    if (moment === undefined) return;
    setFollowing(true);
    showMoment(moment.recordingId, moment.atMs);
  }, []);
  const correct = useCallback((index: number) => setAsked({ what: 'correct', index }), []);
  const showVersions = useCallback((index: number) => setAsked({ what: 'versions', index }), []);
  const onMoment = (film: ThreadMessage, atMs: number): void => {
    if (film.block?.kind !== 'recording' || block.started_ms === undefined) return;
    setPlaying(lineAt(posted, wallClockOf(film.block, atMs) - block.started_ms));
  };
  const askedLine = asked === undefined ? undefined : lines[asked.index];

  return (
    <div className="transcript-body">
      <section className="transcript-films" aria-label={t('transcript.recording')}>
        <Films items={items} meetingId={block.meeting_id} correctCaptions={correctCaptions} onMoment={onMoment} />
      </section>
      <section className="transcript-lines" aria-label={t('transcript.lines')}>
        <SearchBar
          query={query}
          count={hits.length}
          index={Math.min(hitIndex, Math.max(0, hits.length - 1))}
          onQuery={(next) => {
            setQuery(next);
            setHitIndex(0);
            setFollowing(false);
          }}
          onStep={(step) => {
            setHitIndex((index) => (index + step + hits.length) % Math.max(1, hits.length));
            setFollowing(false);
          }}
          follow={playing >= 0 && !following ? () => setFollowing(true) : undefined}
        />
        {transcript.unjudged > 0 && (
          <Warning
            action={
              <Button small onPress={transcript.judgeAgain}>
                {t('common.retry')}
              </Button>
            }
          >
            {t('transcript.unjudged', { count: transcript.unjudged })}
          </Warning>
        )}
        <Unplayable captions={playable.captions} />
        {lines.length === 0 && <p className="page-note">{t('results.noLines')}</p>}
        <Lines
          head={
            <>
              <Gaps gaps={block.gaps} leftOut={block.gaps_left_out} />
              <p>{origin}</p>
            </>
          }
          entries={entries}
          hits={hits}
          hit={hit}
          sought={sought}
          playing={playing}
          following={following}
          onUnfollow={() => setFollowing(false)}
          playable={playable}
          onPlay={play}
          mayCorrect={mayCorrect}
          onCorrect={correct}
          onVersions={showVersions}
        />
      </section>
      {asked?.what === 'correct' && askedLine !== undefined && (
        <LineEditor
          transcriptEventId={transcript.eventId}
          corrected={askedLine}
          lines={lines}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked?.what === 'versions' && askedLine !== undefined && (
        <Versions
          transcriptEventId={transcript.eventId}
          corrected={askedLine}
          mayRestore={mayCorrect(askedLine.line)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </div>
  );
}
