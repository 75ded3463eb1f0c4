import { randomUUID } from 'node:crypto';
import type { UnheardSpan } from '../contract.ts';

/** A stretch of one track, by whoever knows whose it is and why. */
export type Span = Pick<UnheardSpan, 'id' | 'startMs' | 'endMs'>;

/** Follows one encrypted track while there is no key for it, or whatever else may be missing for a while. Pure but for the ids. */
export interface UndecryptedWatch {
  /** One frame that ends at `endMs`. @returns a stretch to be told: a new one, or one that has grown */
  frame(hasKey: boolean, endMs: number): Span | undefined;
}

/** Keys take a moment to arrive after a join; what is shorter is not worth a word. */
const PATIENCE_MS = 3_000;
const TELL_EVERY_MS = 2_000;

/** @param frameMs length of one frame */
export function watchUndecrypted(frameMs: number): UndecryptedWatch {
  let open: { readonly id: string; readonly startMs: number; toldMs: number } | undefined;
  return {
    frame: (hasKey, endMs) => {
      if (hasKey) {
        const ended = open;
        open = undefined;
        const startsAtMs = endMs - frameMs;
        if (ended === undefined || startsAtMs - ended.startMs < PATIENCE_MS) return undefined;
        return { id: ended.id, startMs: ended.startMs, endMs: startsAtMs };
      }
      open ??= { id: randomUUID(), startMs: endMs - frameMs, toldMs: endMs };
      if (endMs - open.startMs < PATIENCE_MS || endMs - open.toldMs < TELL_EVERY_MS) return undefined;
      open.toldMs = endMs;
      return { id: open.id, startMs: open.startMs, endMs };
    },
  };
}
