import type { RecorderCaption } from '@palabre/protocol';
import type { StageCaption } from './painter.ts';

/** What stands in the picture of what is being said: the latest of two people at most, each for a while. Pure but for its memory. */
export interface Written {
  set(caption: RecorderCaption, nowMs: number): void;
  /** What others were just saying is taken away. @param identities of those who are recorded */
  keep(identities: ReadonlySet<string>): void;
  shown(nowMs: number): readonly StageCaption[];
}

const SHOWN_MS = 4_000;
const MOST = 2;

export function createWritten(): Written {
  let captions: (RecorderCaption & { readonly atMs: number })[] = [];
  return {
    set: (caption, nowMs) => {
      const others = captions.filter(({ segmentId }) => segmentId !== caption.segmentId);
      captions = caption.text.trim() === '' ? others : [...others, { ...caption, atMs: nowMs }];
    },
    keep: (identities) => {
      captions = captions.filter(({ identity }) => identities.has(identity));
    },
    shown: (nowMs) => {
      captions = captions.filter(({ atMs }) => nowMs - atMs < SHOWN_MS).slice(-MOST);
      return captions;
    },
  };
}
