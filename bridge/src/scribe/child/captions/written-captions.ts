import type { RecorderCaption } from '@palabre/protocol';
import type { CaptionText } from '../../../transcription/index.ts';
import { createCaptionedTrack, type CaptionedTrack } from './captioned-track.ts';
import { createFinals } from './finals.ts';
import type { CaptionSink } from './index.ts';

/** Captions that become part of a recorded picture. They need no reader, and are asked for beside those that people read. */
export interface WrittenCaptions {
  readonly sink: CaptionSink;
  /** Who may be named has changed: of those who may not any more, nothing of what they said is asked about, nor waited for. */
  review(): void;
  /** Nothing more is asked about or written. */
  close(): void;
}

export interface WrittenCaptionsOptions {
  /** undefined: nobody who may be named. */
  readonly nameOf: (identity: string) => string | undefined;
  /** Language they said they speak. */
  readonly languageOf: (identity: string) => string | undefined;
  readonly caption: (request: {
    readonly speaker: string;
    readonly final: boolean;
    readonly pcm: Int16Array;
    readonly language: string | undefined;
  }) => Promise<CaptionText | undefined>;
  /** Nobody waits any more for text of speakers whose name begins so. */
  readonly forget: (prefix: string) => void;
  readonly write: (caption: RecorderCaption) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/** A picture does not wait: what was said longer ago belongs to another moment of the film. */
const OLDEST_MS = 30_000;

export function createWrittenCaptions({
  nameOf,
  languageOf,
  caption,
  forget,
  write,
  onFailure,
}: WrittenCaptionsOptions): WrittenCaptions {
  const tracks = new Map<string, CaptionedTrack>();
  /** Identities behind all tracks that were heard. */
  const heard = new Map<string, string>();
  const now = (): number => Date.now();
  const finals = createFinals({ mostMs: OLDEST_MS, now });
  let closed = false;
  const trackOf = (identity: string, trackSid: string): CaptionedTrack => {
    const key = `${identity} ${trackSid}`;
    const known = tracks.get(key);
    if (known !== undefined) return known;
    const track = createCaptionedTrack({
      caption: (pcm, final) => {
        const askedMs = now();
        // Beside live captions of the same track: each has a speaker of its own at the engine.
        const ask = async (sound: Int16Array): Promise<CaptionText | undefined> =>
          // It would be written nowhere, and live captions wait for the same engines.
          now() - askedMs >= OLDEST_MS
            ? undefined
            : caption({ speaker: `picture ${key}`, final, pcm: sound, language: languageOf(identity) });
        return final ? finals.ask(key, pcm, ask) : ask(pcm);
      },
      onUpdate: ({ segmentId, startMs, text }) => {
        const name = nameOf(identity);
        if (!closed && name !== undefined && now() - startMs < OLDEST_MS)
          write({ segmentId, identity, name, text }).catch(onFailure);
      },
      onFailure,
      now,
    });
    tracks.set(key, track);
    heard.set(key, identity);
    return track;
  };
  return {
    sink: {
      frame: ({ identity, trackSid }, samples, endMs) => {
        if (nameOf(identity) !== undefined) trackOf(identity, trackSid).push(samples, endMs);
      },
      ended: ({ identity, trackSid }) => {
        const key = `${identity} ${trackSid}`;
        // Of whom it may not be written, the rest is no engine's business.
        if (nameOf(identity) !== undefined) tracks.get(key)?.end();
        tracks.delete(key);
      },
    },
    review: () => {
      for (const [key, identity] of heard) {
        if (nameOf(identity) !== undefined) continue;
        heard.delete(key);
        tracks.delete(key);
        finals.forget(key);
        forget(`picture ${key}`);
      }
    },
    close: () => {
      closed = true;
      finals.close();
      forget('picture ');
    },
  };
}
