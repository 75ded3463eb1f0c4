import { setTimeout as sleep } from 'node:timers/promises';

/** Webhooks of the SFU about Egress: they only make somebody look sooner. */
export interface EgressHints {
  readonly tell: (livekitRoom: string) => void;
  /** Resolves at the next hint about the room, or after `longestMs`. Rejects when `signal` ends it. */
  next(livekitRoom: string, longestMs: number, signal: AbortSignal): Promise<void>;
}

export function createEgressHints(): EgressHints {
  const waiting = new Map<string, Set<() => void>>();
  return {
    tell: (livekitRoom) => {
      for (const wake of [...(waiting.get(livekitRoom) ?? [])]) wake();
    },
    next: async (livekitRoom, longestMs, signal) => {
      const woken = new AbortController();
      const wake = (): void => woken.abort();
      const known = waiting.get(livekitRoom) ?? new Set();
      waiting.set(livekitRoom, known.add(wake));
      try {
        await sleep(longestMs, undefined, { signal: AbortSignal.any([signal, woken.signal]) });
      } catch (error) {
        if (!woken.signal.aborted || signal.aborted) throw error;
      } finally {
        known.delete(wake);
        if (known.size === 0 && waiting.get(livekitRoom) === known) waiting.delete(livekitRoom);
      }
    },
  };
}
