/** Resolves after `ms`, or rejects as soon as `signal` aborts. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** Exponential backoff with jitter: half to one and a half times `base * 2^attempt`, at most `max`. */
export function backoffMs(attempt: number, base: number, max: number, random: () => number = Math.random): number {
  return Math.min(max, base * 2 ** attempt) * (0.5 + random());
}

/** Rejects when `promise` has not settled in time. */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  const done = new AbortController();
  const late = wait(ms, done.signal).then(() => Promise.reject(new Error(`Too late: ${what}`)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    late.catch(() => undefined);
    done.abort();
  }
}
