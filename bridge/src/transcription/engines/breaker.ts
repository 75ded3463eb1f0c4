/** `probe`: this request is the only one until its outcome is told. */
export type Turn = 'free' | 'probe';

/** Keeps requests away from an engine that does not work, and lets one through now and then to see whether it does again. */
export interface Breaker {
  /**
   * @param soon it is not left alone for longer after each failure: what would stand in for it is much worse
   * @returns undefined: not now
   */
  enter(soon: boolean): Turn | undefined;
  succeeded(turn: Turn): void;
  /** An answer that came, but took long. @param dispensable another engine is there to take over */
  slow(turn: Turn, dispensable: boolean): void;
  failed(turn: Turn): void;
  /** Nobody waits for it any more, which says nothing of the engine. */
  givenUp(turn: Turn): void;
  isClosed(): boolean;
}

/** In a row; one may be an accident. */
const FAILURES_TO_OPEN = 2;
const SLOW_TO_OPEN = 3;
const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 8_000;

/** @param onChange told when it opens, and when it closes again */
export function createBreaker(now: () => number, onChange: (closed: boolean) => void): Breaker {
  let failures = 0;
  let slow = 0;
  let restMs = FIRST_REST_MS;
  let openSinceMs: number | undefined;
  let probing = false;
  /** Of a request that is over; another may be the probe by now. */
  const endOf = (turn: Turn): void => {
    if (turn === 'probe') probing = false;
  };

  /** Answers to what was on its way when it opened say nothing new, and do not come here. */
  const open = (): void => {
    if (openSinceMs === undefined) onChange(false);
    else restMs = Math.min(LONGEST_REST_MS, restMs * 2);
    openSinceMs = now();
  };
  const close = (): void => {
    failures = slow = 0;
    restMs = FIRST_REST_MS;
    if (openSinceMs === undefined) return;
    openSinceMs = undefined;
    onChange(true);
  };

  return {
    enter: (soon) => {
      if (openSinceMs === undefined) return 'free';
      if (probing || now() < openSinceMs + (soon ? FIRST_REST_MS : restMs)) return undefined;
      probing = true;
      return 'probe';
    },
    succeeded: (turn) => {
      endOf(turn);
      close();
    },
    slow: (turn, dispensable) => {
      endOf(turn);
      slow += 1;
      failures = 0;
      if (!dispensable) close();
      else if (turn === 'probe' || (openSinceMs === undefined && slow >= SLOW_TO_OPEN)) open();
    },
    failed: (turn) => {
      endOf(turn);
      failures += 1;
      if (turn === 'probe' || (openSinceMs === undefined && failures >= FAILURES_TO_OPEN)) open();
    },
    givenUp: endOf,
    isClosed: () => openSinceMs === undefined,
  };
}
