/**
 * Wall-clock times for the frames of one audio track. Frames come at an even pace, but a busy process sees them late and in
 * bursts; so time is counted in frames from an anchor, and the anchor moves only when arrival shows that it is wrong.
 */
export interface TrackClock {
  /** Tells the clock that the next frame arrived. @returns wall clock (ms) of the end of that frame's sound */
  frame(arrivedMs: number): number;
}

/** Arrivals later than counted by more than this, throughout a window, mean that frames are missing (mute, lost packets). */
const LATE_MS = 150;
const WINDOW_FRAMES = 25;

/** @param frameMs length of one frame in milliseconds */
export function createTrackClock(frameMs: number): TrackClock {
  let anchorMs: number | undefined;
  let frames = 0;
  let lateFrames = 0;
  let leastLateMs = Infinity;

  return {
    frame: (arrivedMs) => {
      anchorMs ??= arrivedMs - frameMs;
      frames += 1;
      let expectedMs: number = anchorMs + frames * frameMs;
      const lateMs = arrivedMs - expectedMs;
      if (lateMs < 0) {
        // No sound arrives before it was made: the anchor was taken from a late frame.
        anchorMs += lateMs;
        expectedMs = arrivedMs;
        lateFrames = 0;
        leastLateMs = Infinity;
      } else if (lateMs > LATE_MS) {
        lateFrames += 1;
        leastLateMs = Math.min(leastLateMs, lateMs);
        if (lateFrames >= WINDOW_FRAMES) {
          anchorMs += leastLateMs;
          expectedMs += leastLateMs;
          lateFrames = 0;
          leastLateMs = Infinity;
        }
      } else {
        lateFrames = 0;
        leastLateMs = Infinity;
      }
      return expectedMs;
    },
  };
}
