import type { MinutesBlock, TranscriptBlock, TranscriptLine } from '@palabre/protocol';
import { useEffect, useMemo, useState } from 'react';
import {
  cuesIn,
  isHeardIn,
  ownCaptionsOf,
  recordingAt,
  SENTENCE_MS,
  shiftCues,
  unheardIn,
  type MediaSource,
  type ThreadItem,
} from '../documents/index.ts';
import { filmsOf, type Film } from './Films.tsx';
import type { Moment } from './Minutes.tsx';
import { useSurroundings, type TranscriptMedia } from './surroundings.ts';

/** Where lines of a transcript are heard. A film for which people were asked has no line until its captions tell whose voices are in it. */
export interface Playable {
  /**
   * The film in which a line is heard, and where that begins in it.
   * @param fromMs from a word of it on; milliseconds, as those of the line
   */
  readonly momentOf: (line: TranscriptLine, fromMs?: number) => ReturnType<typeof recordingAt>;
  /** There is a film of its time, but it lets only those be heard who agreed to be in it. */
  readonly isUnheard: (line: TranscriptLine) => boolean;
  readonly captions: FilmCaptions;
}

/** What tells whose voices are in the films for which people were asked. */
export interface FilmCaptions {
  /** By the film's id, on its clock. */
  readonly texts: ReadonlyMap<string, string>;
  /** Why nothing plays of a film: its captions could not be loaded, or it has none. */
  readonly trouble: 'failed' | 'missing' | undefined;
  readonly retry: () => void;
}

const texts = new WeakMap<MediaSource, Promise<string>>();

/** Loaded once. */
function textOf(media: TranscriptMedia, source: MediaSource): Promise<string> {
  const known = texts.get(source);
  if (known !== undefined) return known;
  const text = media.load(source, 'text/vtt').then((blob) => blob.text());
  texts.set(source, text);
  text.catch(() => texts.delete(source));
  return text;
}

/** Captions of the films for which people were asked: they hold nobody who did not agree to be in it. */
function useCaptions(items: readonly ThreadItem[], films: readonly Film[]): FilmCaptions {
  const { media } = useSurroundings();
  const [texts, setTexts] = useState<ReadonlyMap<string, string>>(new Map());
  const [failed, setFailed] = useState<ReadonlySet<string>>(new Set());
  const [attempt, setAttempt] = useState(0);
  const wanted = useMemo(
    () =>
      films.flatMap(({ id, block }) => {
        const own = block.not_kept === undefined ? undefined : ownCaptionsOf(items, id, block);
        return own === undefined ? [] : [{ id, block, own }];
      }),
    [items, films],
  );
  useEffect(() => {
    let gone = false;
    for (const { id, block, own } of wanted) {
      const { started_ms: zeroMs = block.started_ms } = own.block;
      textOf(media, own.attachment.source).then(
        (vtt) => {
          if (gone) return;
          const shown = shiftCues(vtt, zeroMs - block.started_ms);
          setTexts((known) => (known.get(id) === shown ? known : new Map([...known, [id, shown]])));
          setFailed((known) => (known.has(id) ? new Set([...known].filter((other) => other !== id)) : known));
        },
        (error: unknown) => {
          console.error(error);
          if (!gone) setFailed((known) => new Set([...known, id]));
        },
      );
    }
    return () => {
      gone = true;
    };
  }, [media, wanted, attempt]);
  return useMemo(
    () => ({
      texts,
      trouble: wanted.some(({ id }) => failed.has(id)) ? 'failed' : undefined,
      retry: () => {
        setFailed(new Set());
        setAttempt((made) => made + 1);
      },
    }),
    [texts, wanted, failed],
  );
}

/**
 * @param items the messages of the transcript's thread
 * @param lines as they were posted; the same objects as long as nothing changes
 */
export function usePlayable(
  items: readonly ThreadItem[],
  block: Pick<TranscriptBlock, 'meeting_id' | 'started_ms'>,
  lines: readonly TranscriptLine[],
): Playable {
  const { meeting_id: meetingId, started_ms: zeroMs } = block;
  const films = useMemo(() => filmsOf(items, meetingId), [items, meetingId]);
  const captions = useCaptions(items, films);
  const missing = useMemo(
    () =>
      films.some(
        ({ id, block: film }) =>
          film.not_kept !== undefined &&
          !captions.texts.has(id) &&
          ownCaptionsOf(items, id, film) === undefined &&
          zeroMs !== undefined &&
          unheardIn('', film, lines, zeroMs).size > 0,
      ),
    [films, captions, items, lines, zeroMs],
  );
  return useMemo(() => {
    const unheard = new Map(
      films.flatMap(({ id, block: film }) => {
        const vtt = captions.texts.get(id);
        return vtt === undefined || zeroMs === undefined ? [] : [[id, unheardIn(vtt, film, lines, zeroMs)] as const];
      }),
    );
    const isHeard = ({ id, block: film }: Film, line: TranscriptLine): boolean =>
      film.not_kept === undefined || unheard.get(id)?.has(line) === false;
    const momentOf: Playable['momentOf'] = (line, fromMs = line.start_ms) =>
      zeroMs === undefined
        ? undefined
        : recordingAt(
            films.filter((film) => isHeard(film, line)),
            meetingId,
            { startMs: zeroMs + fromMs, endMs: zeroMs + line.end_ms },
          );
    return {
      momentOf,
      isUnheard: (line) => [...unheard.values()].some((ofFilm) => ofFilm.has(line)) && momentOf(line) === undefined,
      captions: { ...captions, trouble: captions.trouble ?? (missing ? 'missing' : undefined) },
    };
  }, [films, captions, missing, lines, meetingId, zeroMs]);
}

/**
 * Where what minutes refer to is heard.
 * @param items the messages of the minutes' thread
 */
export function usePlayableMoments(
  items: readonly ThreadItem[],
  { meeting_id: meetingId, started_ms: zeroMs }: Pick<MinutesBlock, 'meeting_id' | 'started_ms'>,
): { readonly momentIn: (moment: Moment) => ReturnType<typeof recordingAt>; readonly captions: FilmCaptions } {
  const films = useMemo(() => filmsOf(items, meetingId), [items, meetingId]);
  const captions = useCaptions(items, films);
  const { texts } = captions;
  const momentIn = useMemo(() => {
    const cues = new Map([...texts].map(([id, vtt]) => [id, cuesIn(vtt)]));
    return ({ name, start_ms: fromMs, end_ms: untilMs = fromMs + SENTENCE_MS }: Moment) => {
      if (zeroMs === undefined) return undefined;
      const said = { name, startMs: zeroMs + fromMs, endMs: zeroMs + Math.max(untilMs, fromMs + 1) };
      const isHeard = ({ id, block: film }: Film): boolean =>
        film.not_kept === undefined || isHeardIn(cues.get(id) ?? [], film, said);
      return recordingAt(films.filter(isHeard), meetingId, said);
    };
  }, [films, texts, meetingId, zeroMs]);
  return { momentIn, captions };
}
