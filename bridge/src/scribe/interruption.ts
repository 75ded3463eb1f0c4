/** Long enough for a child or a recorder to be replaced; with the time to notice and to post, the room knows within a minute. */
const LATE_MS = 25_000;
/** After so long without one, the next interruption is news again. */
const GOOD_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

export interface InterruptionOptions {
  /** Is there something that should be captured now and is not? Asked every second. */
  readonly isInterrupted: () => boolean;
  /** Told once for each interruption that lasts. @param sinceMs wall clock. @returns whether it was still one when it was to be said */
  readonly onLate: (sinceMs: number) => Promise<boolean>;
  readonly now: () => number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Follows whether what was asked for is really captured. By a clock, because it cannot be known how long an attempt to connect
 * or to start a recorder takes until it fails.
 */
export function watchInterruption({ isInterrupted, onLate, now, signal }: InterruptionOptions): void {
  let sinceMs: number | undefined;
  let goodSinceMs: number | undefined;
  let told = false;
  const look = (): void => {
    if (!isInterrupted()) {
      sinceMs = undefined;
      goodSinceMs ??= now();
      if (now() - goodSinceMs >= GOOD_MS) told = false;
      return;
    }
    goodSinceMs = undefined;
    sinceMs ??= now();
    if (told || now() - sinceMs < LATE_MS) return;
    told = true;
    void onLate(sinceMs).then((said) => {
      told = said;
    });
  };
  const looking = setInterval(look, LOOK_EVERY_MS);
  looking.unref();
  signal.addEventListener('abort', () => clearInterval(looking));
}
