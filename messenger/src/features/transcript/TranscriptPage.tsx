import { wallClockOf, type CorrectedLine } from '@palabre/protocol';
import { ArrowLeft } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { navigate } from '../../app/route.ts';
import { useLocale } from '../../i18n/use-locale.ts';
import type { MessageItem, TimelineItem } from '../../store/model.ts';
import { useAppSelector } from '../../store/store.ts';
import { Banner, Spinner } from '../../ui/Banner.tsx';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Gaps } from '../results/Gaps.tsx';
import { showMoment } from '../results/moments.ts';
import { recordingAt } from '../results/siblings.ts';
import { MissingReplies } from '../thread/MissingReplies.tsx';
import { DownloadMenu } from './DownloadMenu.tsx';
import { entriesOf, lineAt } from './entries.ts';
import { Films } from './Films.tsx';
import type { Film } from './Films.tsx';
import { Lines } from './Lines.tsx';
import { LineEditor } from './LineEditor.tsx';
import { SearchBar } from './SearchBar.tsx';
import { findHits } from './search.ts';
import type { Hit } from './search.ts';
import { useMayCorrect } from './use-may-correct.ts';
import { useTranscript } from './use-transcript.ts';
import type { ShownTranscript } from './use-transcript.ts';
import { Versions } from './Versions.tsx';
import './transcript.css';

const NONE: readonly TimelineItem[] = [];
const NO_HITS: readonly Hit[] = [];

function filmsOf(items: readonly TimelineItem[], meetingId: string): readonly Film[] {
  return items.filter(
    (item): item is Film =>
      item.kind === 'message' &&
      item.block?.kind === 'recording' &&
      item.block.meeting_id === meetingId &&
      item.attachment !== undefined,
  );
}

/** Recordings of a meeting whose messages hold no file that can be played here: their words say where they are. */
function linksOf(items: readonly TimelineItem[], meetingId: string): readonly MessageItem[] {
  return items.filter(
    (item): item is MessageItem =>
      item.kind === 'message' &&
      item.block?.kind === 'recording' &&
      item.block.meeting_id === meetingId &&
      item.attachment === undefined,
  );
}

/** A transcript beside its recording: to read, to listen to, to search and to correct. */
export function TranscriptPage(props: { readonly roomId: string; readonly rootId: string; readonly eventId: string }) {
  const { t } = useTranslation();
  const { observer } = useAccount();
  const { roomId, rootId, eventId } = props;
  const thread = useAppSelector((state) => state.rooms.threads[rootId]);
  const joined = useAppSelector((state) => state.rooms.byId[roomId]?.membership === 'join');
  useEffect(() => (joined ? observer.watchRoom(roomId) : undefined), [observer, roomId, joined]);
  useEffect(() => (joined ? observer.watchThread(roomId, rootId) : undefined), [observer, roomId, rootId, joined]);
  const items = thread?.items ?? NONE;
  const transcript = useTranscript(roomId, items, eventId);
  const locale = useLocale();
  const started = transcript?.block.started_ms;
  const title =
    started === undefined
      ? t('results.transcript')
      : t('transcript.title', {
          date: new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' }).format(started),
        });
  return (
    <main className="page transcript-page" data-testid="transcript-page" aria-label={title}>
      <header className="page-head">
        <IconButton
          label={t('transcript.back')}
          icon={<ArrowLeft size={20} />}
          data-testid="transcript-back"
          onPress={() => navigate({ roomId, panel: { kind: 'thread', rootId, eventId } })}
        />
        <h1>{title}</h1>
        {transcript !== undefined && <DownloadMenu transcript={transcript} />}
      </header>
      <MissingReplies
        rootId={rootId}
        failed={t(transcript === undefined ? 'thread.failed' : 'transcript.correctionsMissing')}
      />
      {transcript !== undefined ? (
        <Reader roomId={roomId} rootId={rootId} items={items} transcript={transcript} />
      ) : thread?.loading === false ? (
        !thread.failed && !thread.older && <p className="page-note">{t('transcript.missing')}</p>
      ) : (
        <div className="page-note">
          <Spinner label={t('common.loading')} />
        </div>
      )}
    </main>
  );
}

type Asked = { readonly what: 'correct' | 'versions'; readonly index: number };

function Reader(props: {
  readonly roomId: string;
  readonly rootId: string;
  readonly items: readonly TimelineItem[];
  readonly transcript: ShownTranscript;
}) {
  const { t } = useTranslation();
  const { items, transcript } = props;
  const { block, lines, marks } = transcript;
  const films = useMemo(() => filmsOf(items, block.meeting_id), [items, block.meeting_id]);
  const entries = useMemo(() => entriesOf(lines, marks), [lines, marks]);
  const mayCorrect = useMayCorrect(props.roomId);
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
  const latest = useRef({ items, block });
  useEffect(() => {
    latest.current = { items, block };
  }, [items, block]);
  const play = useCallback(({ start_ms: startMs }: CorrectedLine['line']) => {
    const { items: now, block: of } = latest.current;
    const moment = of.started_ms === undefined ? undefined : recordingAt(now, of.meeting_id, of.started_ms + startMs);
    if (moment === undefined) return;
    setFollowing(true);
    showMoment(moment.recordingId, moment.atMs);
  }, []);
  const canPlay = useCallback(
    ({ start_ms: startMs }: CorrectedLine['line']) =>
      block.started_ms !== undefined && recordingAt(films, block.meeting_id, block.started_ms + startMs) !== undefined,
    [films, block.started_ms, block.meeting_id],
  );
  const correct = useCallback((index: number) => setAsked({ what: 'correct', index }), []);
  const showVersions = useCallback((index: number) => setAsked({ what: 'versions', index }), []);
  const onMoment = (film: MessageItem, atMs: number): void => {
    if (film.block?.kind !== 'recording' || block.started_ms === undefined) return;
    setPlaying(
      lineAt(
        lines.map(({ line }) => line),
        wallClockOf(film.block, atMs) - block.started_ms,
      ),
    );
  };
  const askedLine = asked === undefined ? undefined : lines[asked.index];

  return (
    <div className="transcript-body">
      <section className="transcript-films" aria-label={t('transcript.recording')}>
        <Films films={films} links={linksOf(items, block.meeting_id)} siblings={items} onMoment={onMoment} />
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
          <Banner
            tone="warning"
            action={
              <Button small onPress={transcript.judgeAgain}>
                {t('common.retry')}
              </Button>
            }
          >
            {t('transcript.unjudged', { count: transcript.unjudged })}
          </Banner>
        )}
        {lines.length === 0 && <p className="page-note">{t('results.noLines')}</p>}
        <Lines
          roomId={props.roomId}
          head={
            <>
              <Gaps gaps={block.gaps} />
              <p>{t('results.model', { model: block.model })}</p>
            </>
          }
          entries={entries}
          hits={hits}
          hit={hit}
          playing={playing}
          following={following}
          onUnfollow={() => setFollowing(false)}
          canPlay={canPlay}
          onPlay={play}
          mayCorrect={mayCorrect}
          onCorrect={correct}
          onVersions={showVersions}
        />
      </section>
      {asked?.what === 'correct' && askedLine !== undefined && (
        <LineEditor
          roomId={props.roomId}
          rootId={props.rootId}
          transcriptEventId={transcript.eventId}
          corrected={askedLine}
          lines={lines}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked?.what === 'versions' && askedLine !== undefined && (
        <Versions
          roomId={props.roomId}
          rootId={props.rootId}
          transcriptEventId={transcript.eventId}
          corrected={askedLine}
          mayRestore={mayCorrect(askedLine.line)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </div>
  );
}
