import { randomUUID } from 'node:crypto';
import type { UnheardSpan } from '../contract.ts';
import type { Span } from './undecrypted.ts';

/** Follows one track that ought to give sound: a stream gives frames all the time, also while its speaker is silent. Pure but for the ids. */
export interface LostTrackWatch {
  /** A frame came. @returns the whole stretch without one, when it was told */
  frame(nowMs: number): Span | undefined;
  /**
   * Looked at again and again.
   * @param expected somebody's microphone is on
   * @returns a stretch to be told, and whether it is time to ask the SFU for the track anew
   */
  look(nowMs: number, expected: boolean): { readonly span: Span; readonly again: boolean } | undefined;
}

/** Subscribing takes a moment, and a busy machine another. */
const PATIENCE_MS = 4_000;
const AGAIN_MS = 5_000;

export function watchLostTrack(): LostTrackWatch {
  /** Since when there should have been a frame. */
  let sinceMs: number | undefined;
  let told: { readonly id: string; againMs: number } | undefined;
  return {
    frame: (nowMs) => {
      const span =
        told === undefined || sinceMs === undefined ? undefined : { id: told.id, startMs: sinceMs, endMs: nowMs };
      sinceMs = nowMs;
      told = undefined;
      return span;
    },
    look: (nowMs, expected) => {
      if (!expected) {
        sinceMs = told = undefined;
        return undefined;
      }
      sinceMs ??= nowMs;
      if (nowMs - sinceMs < PATIENCE_MS) return undefined;
      const again = told === undefined || nowMs - told.againMs >= AGAIN_MS;
      told ??= { id: randomUUID(), againMs: nowMs };
      if (again) told.againMs = nowMs;
      return { span: { id: told.id, startMs: sinceMs, endMs: nowMs }, again };
    },
  };
}

/** The same for all tracks of a connection, by their ids. */
export interface LostTracks {
  /** A frame of this track came. */
  arrived(sid: string, userId: string): void;
  /** @returns whether it is time to ask the SFU for the track anew */
  look(sid: string, userId: string, expected: boolean): boolean;
  forget(): void;
}

export function createLostTracks(tell: (span: UnheardSpan) => void): LostTracks {
  const watches = new Map<string, LostTrackWatch>();
  const name = (userId: string, span: Span | undefined): void => {
    if (span !== undefined) tell({ ...span, userId, reason: 'track_lost' });
  };
  return {
    arrived: (sid, userId) => name(userId, watches.get(sid)?.frame(Date.now())),
    look: (sid, userId, expected) => {
      const watch = watches.get(sid) ?? watchLostTrack();
      watches.set(sid, watch);
      const lost = watch.look(Date.now(), expected);
      name(userId, lost?.span);
      return lost?.again === true;
    },
    forget: () => watches.clear(),
  };
}
