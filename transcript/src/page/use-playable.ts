import type { MinutesBlock, TranscriptBlock, TranscriptLine } from '@palabre/protocol';
import { useEffect, useMemo } from 'react';
import {
  cuesIn,
  isHeardIn,
  ownCaptionsOf,
  recordingAt,
  SENTENCE_MS,
  shiftCues,
  unheardIn,
  type ThreadItem,
} from '../documents/index.ts';
import { loadCaptions, useCaptionLoads } from './caption-loads.ts';
import { filmsOf, type Film } from './Films.tsx';
import type { Moment } from './Minutes.tsx';
import { useSurroundings } from './surroundings.ts';

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
  /** They are being loaded once more. */
  readonly retrying: boolean;
  readonly retry: () => void;
}

/** Captions of the films for which people were asked: they hold nobody who did not agree to be in it. */
function useCaptions(items: readonly ThreadItem[], films: readonly Film[]): FilmCaptions {
  const { media } = useSurroundings();
  const loads = useCaptionLoads();
  const wanted = useMemo(
    () =>
      films.flatMap(({ id, block }) => {
        const own = block.not_kept === undefined ? undefined : ownCaptionsOf(items, id, block);
        return own === undefined ? [] : [{ id, block, own, source: own.attachment.source }];
      }),
    [items, films],
  );
  useEffect(() => {
    for (const { source } of wanted) loadCaptions(media, source);
  }, [media, wanted]);
  return useMemo(() => {
    const states = wanted.map(({ source }) => loads.of(media, source));
    const retrying = states.some((load) => load?.phase === 'loading' && load.again);
    return {
      texts: new Map(
        wanted.flatMap(({ id, block, own, source }) => {
          const load = loads.of(media, source);
          if (load?.phase !== 'loaded') return [];
          const { started_ms: zeroMs = block.started_ms } = own.block;
          return [[id, shiftCues(load.vtt, zeroMs - block.started_ms)] as const];
        }),
      ),
      trouble: retrying || states.some((load) => load?.phase === 'failed') ? 'failed' : undefined,
      retrying,
      retry: () => {
        for (const { source } of wanted) loadCaptions(media, source);
      },
    };
  }, [media, loads, wanted]);
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
          ownCaptionsOf(items, id, film) === undefined &&
          zeroMs !== undefined &&
          unheardIn('', film, lines, zeroMs).size > 0,
      ),
    [films, items, lines, zeroMs],
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
