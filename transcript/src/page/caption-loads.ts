import { useSyncExternalStore } from 'react';
import type { MediaSource } from '../documents/index.ts';
import type { TranscriptMedia } from './surroundings.ts';

export type CaptionLoad =
  | { readonly phase: 'loading'; /** It failed before. */ readonly again: boolean }
  | { readonly phase: 'loaded'; readonly vtt: string }
  | { readonly phase: 'failed' };

interface CaptionLoads {
  readonly of: (media: TranscriptMedia, source: MediaSource) => CaptionLoad | undefined;
}

/**
 * By the file: parts of a long transcript need the same captions, one of them offers to try again for all, and what else changes about
 * their message loads nothing anew.
 */
const loads = new WeakMap<TranscriptMedia, Map<string, CaptionLoad>>();
const keyOf = (source: MediaSource): string => JSON.stringify(source);
const readers = new Set<() => void>();
const look = (): CaptionLoads => ({ of: (media, source) => loads.get(media)?.get(keyOf(source)) });
/** Another object after every change. */
let current = look();

function loadsOf(media: TranscriptMedia): Map<string, CaptionLoad> {
  const known = loads.get(media) ?? new Map<string, CaptionLoad>();
  loads.set(media, known);
  return known;
}

/** Loads captions once; again where that failed. */
export function loadCaptions(media: TranscriptMedia, source: MediaSource): void {
  const [known, key] = [loadsOf(media), keyOf(source)];
  const put = (load: CaptionLoad): void => {
    known.set(key, load);
    current = look();
    for (const read of readers) read();
  };
  const last = known.get(key);
  if (last !== undefined && last.phase !== 'failed') return;
  put({ phase: 'loading', again: last !== undefined });
  media
    .load(source, 'text/vtt')
    .then((blob) => blob.text())
    .then(
      (vtt) => put({ phase: 'loaded', vtt }),
      (error: unknown) => {
        console.error(error);
        put({ phase: 'failed' });
      },
    );
}

function subscribe(read: () => void): () => void {
  readers.add(read);
  return () => readers.delete(read);
}

/** How far loading captions is, whoever asked for them. */
export const useCaptionLoads = (): CaptionLoads => useSyncExternalStore(subscribe, () => current);
