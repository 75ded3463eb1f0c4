import { randomUUID } from 'node:crypto';
import type { CaptionText, CutUtterance } from '../../../transcription/index.ts';
import { createUtteranceCutter } from '../../../transcription/index.ts';

/**
 * Text of one stretch of speech: interim until `final`, and each has a final. An empty one takes back what was shown; one that ends in
 * {@link UNHEARD} says that more was said.
 */
export interface CaptionUpdate {
  readonly segmentId: string;
  readonly startMs: number;
  readonly text: string;
  readonly final: boolean;
  readonly language: string | undefined;
}

/** One person's track on its way to captions. */
export interface CaptionedTrack {
  /** One frame of sound that ends at `endMs`. */
  push(samples: Int16Array, endMs: number): void;
  /** What is open is worked out as if it had ended. */
  end(): void;
}

export interface CaptionedTrackOptions {
  /** Undefined: no interim text this time, or no final text at all. */
  readonly caption: (pcm: Int16Array, final: boolean) => Promise<CaptionText | undefined>;
  readonly onUpdate: (update: CaptionUpdate) => void;
  readonly onFailure: (error: unknown) => void;
  readonly now: () => number;
}

/** Somebody spoke, and there is no text of it. */
export const UNHEARD = '[…]';

/** Shorter than a transcript's: what is on the screen should become final soon, and each interim text costs its whole length. */
const LONGEST_MS = 8_000;
/** New speech that is worth another interim text. */
const INTERIM_EVERY_MS = 700;
/** Less often when the engine has much to do: an interim text is asked for at most so long after the last answer took. */
const PACE = 2;
const SLOWEST_INTERIM_MS = 4_000;

interface Segment {
  readonly id: string;
  /** Speech up to here was asked about. */
  askedMs: number;
  shown: CaptionText | undefined;
  over: boolean;
}

export function createCaptionedTrack({ caption, onUpdate, onFailure, now }: CaptionedTrackOptions): CaptionedTrack {
  const cutter = createUtteranceCutter(LONGEST_MS);
  let segment: Segment | undefined;
  let asking = false;
  let everyMs = INTERIM_EVERY_MS;

  const open = (startMs: number): Segment =>
    (segment ??= { id: randomUUID(), askedMs: startMs, shown: undefined, over: false });

  const finish = async (cut: CutUtterance, ended: Segment): Promise<void> => {
    const heard = await caption(cut.pcm, true).catch((error: unknown) => {
      onFailure(error);
      return undefined;
    });
    if (heard?.text === '' && ended.shown === undefined) return;
    const { text, language } = heard ?? {
      text: ended.shown === undefined ? UNHEARD : `${ended.shown.text} ${UNHEARD}`,
      language: ended.shown?.language,
    };
    onUpdate({ segmentId: ended.id, startMs: cut.startMs, text, language, final: true });
  };

  const finishOpen = (cut: CutUtterance): void => {
    const ended = open(cut.startMs);
    ended.over = true;
    segment = undefined;
    void finish(cut, ended);
  };

  const ask = async (asked: Segment, endMs: number): Promise<void> => {
    const cut = cutter.soFar();
    if (cut === undefined) return;
    asked.askedMs = endMs;
    asking = true;
    const sinceMs = now();
    try {
      const heard = await caption(cut.pcm, false);
      everyMs =
        heard === undefined
          ? Math.min(SLOWEST_INTERIM_MS, everyMs * 2)
          : Math.min(SLOWEST_INTERIM_MS, Math.max(INTERIM_EVERY_MS, (now() - sinceMs) * PACE));
      if (heard === undefined || heard.text === '' || asked.over || heard.text === asked.shown?.text) return;
      asked.shown = heard;
      onUpdate({ segmentId: asked.id, startMs: cut.startMs, ...heard, final: false });
    } finally {
      asking = false;
    }
  };

  return {
    push: (samples, endMs) => {
      const cut = cutter.push(samples, endMs);
      if (cut !== undefined) {
        finishOpen(cut);
        return;
      }
      const sinceMs = cutter.openSinceMs();
      if (sinceMs === undefined) {
        // A click or a breath: it was opened and came to nothing.
        segment = undefined;
        return;
      }
      const current = open(sinceMs);
      if (!asking && endMs - current.askedMs >= everyMs) ask(current, endMs).catch(onFailure);
    },
    end: () => {
      const cut = cutter.flush();
      if (cut !== undefined) finishOpen(cut);
    },
  };
}
