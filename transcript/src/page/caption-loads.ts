import { useSyncExternalStore } from 'react';
import type { MediaSource } from '../documents/index.ts';
import type { TranscriptMedia } from './surroundings.ts';

export type CaptionLoad =
  | { readonly phase: 'loading'; /** It failed before. */ readonly again: boolean }
  | { readonly phase: 'loaded'; readonly vtt: string }
  | { readonly phase: 'failed' };

interface CaptionLoads {
  readonly of: (source: MediaSource) => CaptionLoad | undefined;
}

/** Shared: the parts of a long transcript need the same captions, and one of them offers to try again for all. */
const loads = new WeakMap<MediaSource, CaptionLoad>();
const readers = new Set<() => void>();
const look = (): CaptionLoads => ({ of: (source) => loads.get(source) });
/** Another object after every change. */
let current = look();

function put(source: MediaSource, load: CaptionLoad): void {
  loads.set(source, load);
  current = look();
  for (const read of readers) read();
}

/** Loads captions once; again where that failed. */
export function loadCaptions(media: TranscriptMedia, source: MediaSource): void {
  const last = loads.get(source);
  if (last !== undefined && last.phase !== 'failed') return;
  put(source, { phase: 'loading', again: last !== undefined });
  media
    .load(source, 'text/vtt')
    .then((blob) => blob.text())
    .then(
      (vtt) => put(source, { phase: 'loaded', vtt }),
      (error: unknown) => {
        console.error(error);
        put(source, { phase: 'failed' });
      },
    );
}

function subscribe(read: () => void): () => void {
  readers.add(read);
  return () => readers.delete(read);
}

/** How far loading captions is, whoever asked for them. */
export const useCaptionLoads = (): CaptionLoads => useSyncExternalStore(subscribe, () => current);
