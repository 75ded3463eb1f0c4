import type { RecorderCaption } from '@palabre/protocol';
import type { CaptionText } from '../../../transcription/index.ts';
import { createCaptionedTrack, type CaptionedTrack } from './captioned-track.ts';
import type { CaptionSink } from './index.ts';

/** Captions that become part of a recorded picture. They need no reader, and are asked for beside those that people read. */
export interface WrittenCaptions {
  readonly sink: CaptionSink;
}

export interface WrittenCaptionsOptions {
  /** undefined: nobody who may be named. */
  readonly nameOf: (identity: string) => string | undefined;
  readonly caption: (request: {
    readonly speaker: string;
    readonly final: boolean;
    readonly pcm: Int16Array;
    readonly language: string | undefined;
  }) => Promise<CaptionText | undefined>;
  readonly write: (caption: RecorderCaption) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

export function createWrittenCaptions({ nameOf, caption, write, onFailure }: WrittenCaptionsOptions): WrittenCaptions {
  const tracks = new Map<string, CaptionedTrack>();
  const trackOf = (identity: string, trackSid: string): CaptionedTrack => {
    const key = `${identity} ${trackSid}`;
    const known = tracks.get(key);
    if (known !== undefined) return known;
    const track = createCaptionedTrack({
      // Beside live captions of the same track: each has a speaker of its own at the engine.
      caption: (pcm, final) => caption({ speaker: `picture ${key}`, final, pcm, language: undefined }),
      onUpdate: ({ segmentId, text }) => {
        const name = nameOf(identity);
        if (name !== undefined) write({ segmentId, name, text }).catch(onFailure);
      },
      onFailure,
      now: () => Date.now(),
    });
    tracks.set(key, track);
    return track;
  };
  return {
    sink: {
      frame: ({ identity, trackSid }, samples, endMs) => {
        if (nameOf(identity) !== undefined) trackOf(identity, trackSid).push(samples, endMs);
      },
      ended: ({ identity, trackSid }) => {
        const key = `${identity} ${trackSid}`;
        tracks.get(key)?.end();
        tracks.delete(key);
      },
    },
  };
}
