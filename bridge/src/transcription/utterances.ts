/** Cuts the sound of one track into utterances, by energy. Pure: frames and their times go in, utterances come out. */

export const UTTERANCE_SAMPLE_RATE = 16_000;
export const FRAME_MS = 20;
export const FRAME_SAMPLES = (UTTERANCE_SAMPLE_RATE * FRAME_MS) / 1000;

export interface CutUtterance {
  /** From the first to the last voiced frame. */
  readonly startMs: number;
  readonly endMs: number;
  /** Mono, {@link UTTERANCE_SAMPLE_RATE}; with a little of what came before and after the voice. */
  readonly pcm: Int16Array;
  /** How much of `pcm` lies before `startMs`. */
  readonly leadMs: number;
}

export interface UtteranceCutter {
  /** Takes one frame of {@link FRAME_SAMPLES} samples that ends at `endMs`. @returns the utterance it completes, if any */
  push(frame: Int16Array, endMs: number): CutUtterance | undefined;
  /** Ends what is open, as when the track stops. */
  flush(): CutUtterance | undefined;
  /** Start of the speech that has not been handed out yet. */
  openSinceMs(): number | undefined;
  /** What has been said of the open utterance so far; undefined while nobody speaks. */
  soFar(): CutUtterance | undefined;
}

interface Frame {
  readonly samples: Int16Array;
  readonly endMs: number;
  readonly level: number;
  readonly isVoice: boolean;
}

/** Whisper's window allows more, but an utterance must end for its text to be final; see reference/speech-to-text.md. */
const LONGEST_MS = 12_000;
/** A cut made because of length is put at the quietest place of the last part. */
const SEEK_QUIET_FRAMES = 3_000 / FRAME_MS;
const HANGOVER_FRAMES = 500 / FRAME_MS;
const PRE_ROLL_FRAMES = 300 / FRAME_MS;
const OPENING_FRAMES = 3;
/** Less voice than this is a click, a key or a breath. */
const SHORTEST_VOICED_FRAMES = 6;
/** RMS of 16-bit samples (about -46 dBFS): below it nothing is speech, however quiet the room. */
const LEAST_LEVEL = 160;
const ABOVE_FLOOR = 3.5;
const FLOOR_BUCKETS = 8;
const FLOOR_BUCKET_FRAMES = 500 / FRAME_MS;

function rms(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, samples.length));
}

/** Follows the quietest level of the last seconds: speech always has gaps, steady noise has none. */
function createNoiseFloor(): (level: number) => number {
  const buckets: number[] = [];
  let current = Infinity;
  let count = 0;
  return (level) => {
    current = Math.min(current, level);
    count += 1;
    const floor = Math.min(current, ...buckets);
    if (count === FLOOR_BUCKET_FRAMES) {
      buckets.push(current);
      if (buckets.length > FLOOR_BUCKETS) buckets.shift();
      current = Infinity;
      count = 0;
    }
    return floor;
  };
}

function join(frames: readonly Frame[]): Int16Array {
  const pcm = new Int16Array(frames.reduce((sum, frame) => sum + frame.samples.length, 0));
  let offset = 0;
  for (const frame of frames) {
    pcm.set(frame.samples, offset);
    offset += frame.samples.length;
  }
  return pcm;
}

/** @param longestMs an utterance is cut at a quiet place before it gets longer */
export function createUtteranceCutter(longestMs = LONGEST_MS): UtteranceCutter {
  const longestFrames = longestMs / FRAME_MS;
  const noiseFloor = createNoiseFloor();
  let before: Frame[] = [];
  let open: Frame[] | undefined;
  let voicedRun = 0;
  let voiced = 0;
  let silence = 0;

  const startOf = (frame: Frame): number => frame.endMs - FRAME_MS;

  const utteranceOf = (frames: readonly Frame[]): CutUtterance | undefined => {
    const firstVoice = frames.find(({ isVoice }) => isVoice);
    const lastVoice = frames.findLast(({ isVoice }) => isVoice);
    const [first] = frames;
    if (first === undefined || firstVoice === undefined || lastVoice === undefined) return undefined;
    return {
      startMs: startOf(firstVoice),
      endMs: lastVoice.endMs,
      pcm: join(frames),
      leadMs: startOf(firstVoice) - startOf(first),
    };
  };

  const finish = (): CutUtterance | undefined => {
    const frames = open ?? [];
    const worthwhile = voiced >= SHORTEST_VOICED_FRAMES;
    open = undefined;
    before = frames.slice(-PRE_ROLL_FRAMES);
    voiced = silence = voicedRun = 0;
    return worthwhile ? utteranceOf(frames) : undefined;
  };

  /** Too long: hand out everything up to the quietest recent frame, go on with the rest. */
  const split = (frames: readonly Frame[]): CutUtterance | undefined => {
    const from = frames.length - SEEK_QUIET_FRAMES;
    let quietest = from;
    for (let i = from; i < frames.length; i += 1) {
      if ((frames[i]?.level ?? Infinity) < (frames[quietest]?.level ?? Infinity)) quietest = i;
    }
    open = frames.slice(quietest + 1);
    voiced = SHORTEST_VOICED_FRAMES;
    return utteranceOf(frames.slice(0, quietest + 1));
  };

  return {
    push: (samples, endMs) => {
      const level = rms(samples);
      const isVoice = level > Math.max(LEAST_LEVEL, noiseFloor(level) * ABOVE_FLOOR);
      const frame: Frame = { samples: samples.slice(), endMs, level, isVoice };
      if (open === undefined) {
        before.push(frame);
        if (before.length > PRE_ROLL_FRAMES) before.shift();
        voicedRun = isVoice ? voicedRun + 1 : 0;
        if (voicedRun < OPENING_FRAMES) return undefined;
        open = before;
        before = [];
        voiced = voicedRun;
        silence = 0;
        return undefined;
      }
      open.push(frame);
      if (isVoice) {
        voiced += 1;
        silence = 0;
      } else {
        silence += 1;
      }
      if (silence >= HANGOVER_FRAMES) return finish();
      if (open.length >= longestFrames) return split(open);
      return undefined;
    },
    flush: () => (open === undefined ? undefined : finish()),
    soFar: () => (open === undefined || voiced < SHORTEST_VOICED_FRAMES ? undefined : utteranceOf(open)),
    openSinceMs: () => (open?.[0] === undefined ? undefined : startOf(open[0])),
  };
}
