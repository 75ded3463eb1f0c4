/** Long enough for a child or a recorder to be replaced; with the time to notice and to post, the room knows within a minute. */
const LATE_MS = 25_000;
/** After so long without one, the next interruption is news again. */
const GOOD_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

/** What should be captured now and is not: `delayed` as long as nothing of it ever was. */
export type Interruption = 'interrupted' | 'delayed';

export interface InterruptionOptions {
  /** Asked every second. */
  readonly interruption: () => Interruption | undefined;
  /** Told once for each of either kind that lasts. @param sinceMs wall clock. @returns whether it was still so when it was to be said */
  readonly onLate: (kind: Interruption, sinceMs: number) => Promise<boolean>;
  readonly now: () => number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Follows whether what was asked for is really captured. By a clock, because it cannot be known how long an attempt to connect
 * or to start a recorder takes until it fails.
 */
export function watchInterruption({ interruption, onLate, now, signal }: InterruptionOptions): void {
  /** Of either kind: what is interrupted hides what has not begun. */
  const since = new Map<Interruption, number>();
  let goodSinceMs: number | undefined;
  const told = new Set<Interruption>();
  const look = (): void => {
    const kind = interruption();
    if (kind === undefined) {
      since.clear();
      goodSinceMs ??= now();
      if (now() - goodSinceMs >= GOOD_MS) told.clear();
      return;
    }
    goodSinceMs = undefined;
    if (kind === 'delayed') since.delete('interrupted');
    const sinceMs = since.get(kind) ?? now();
    since.set(kind, sinceMs);
    if (told.has(kind) || now() - sinceMs < LATE_MS) return;
    told.add(kind);
    void onLate(kind, sinceMs).then((said) => {
      if (!said) told.delete(kind);
    });
  };
  const looking = setInterval(look, LOOK_EVERY_MS);
  looking.unref();
  signal.addEventListener('abort', () => clearInterval(looking));
}
