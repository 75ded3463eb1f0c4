import { randomUUID } from 'node:crypto';
import type { UnheardSpan } from '../contract.ts';
import type { Purpose } from './purposes.ts';
import type { Span } from './undecrypted.ts';

/** Follows one track that ought to give sound: a stream gives frames all the time, also while its speaker is silent. Pure but for the ids. */
export interface LostTrackWatch {
  /** A frame came. @returns the whole stretch without one, when it was told */
  frame(nowMs: number): Span | undefined;
  /**
   * Looked at again and again, while somebody's microphone is on.
   * @returns a stretch to be told, and whether it is time to ask the SFU for the track anew
   */
  look(nowMs: number): { readonly span: Span; readonly again: boolean } | undefined;
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
    look: (nowMs) => {
      sinceMs ??= nowMs;
      if (nowMs - sinceMs < PATIENCE_MS) return undefined;
      const again = told === undefined || nowMs - told.againMs >= AGAIN_MS;
      told ??= { id: randomUUID(), againMs: nowMs };
      if (again) told.againMs = nowMs;
      return { span: { id: told.id, startMs: sinceMs, endMs: nowMs }, again };
    },
  };
}

/** The same for all tracks of a connection, by their ids. Of the readings of a track the one for `purpose` counts. */
export interface LostTracks {
  /** A frame of this track came, read for this. */
  arrived(sid: string, purpose: Purpose): void;
  /**
   * @param purpose what the track is read for; undefined: nothing is expected of it
   * @returns whether it is time to ask the SFU for the track anew
   */
  look(sid: string, userId: string, purpose: Purpose | undefined): boolean;
  forget(): void;
}

/** @param tell of what is kept; of live captions nothing is missing in any result */
export function createLostTracks(tell: (span: UnheardSpan) => void): LostTracks {
  const followed = new Map<
    string,
    { readonly userId: string; readonly purpose: Purpose; readonly watch: LostTrackWatch }
  >();
  const name = (userId: string, purpose: Purpose, span: Span | undefined): void => {
    if (span !== undefined && purpose !== 'captioning') tell({ ...span, userId, reason: 'track_lost' });
  };
  return {
    arrived: (sid, purpose) => {
      const track = followed.get(sid);
      if (track?.purpose === purpose) name(track.userId, purpose, track.watch.frame(Date.now()));
    },
    look: (sid, userId, purpose) => {
      if (purpose === undefined) {
        followed.delete(sid);
        return false;
      }
      const before = followed.get(sid);
      const track = before?.purpose === purpose ? before : { userId, purpose, watch: watchLostTrack() };
      followed.set(sid, track);
      const lost = track.watch.look(Date.now());
      name(userId, purpose, lost?.span);
      return lost?.again === true;
    },
    forget: () => followed.clear(),
  };
}
