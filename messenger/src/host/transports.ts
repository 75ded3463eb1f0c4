/** A MatrixRTC transport as the homeserver names it. */
export interface Transport {
  readonly type: string;
  readonly [key: string]: unknown;
}

export interface Transports {
  /** Transports of the homeserver (MSC4143); asked once and remembered for a while. @throws when it cannot say */
  get(): Promise<Transport[]>;
}

const FRESH_MS = 10 * 60 * 1000;

/**
 * Joining a call is quick when this is already known. What failed is asked again at once.
 * @param now clock, ms
 */
export function createTransports(fetchTransports: () => Promise<Transport[]>, now: () => number): Transports {
  let known: { readonly since: number; readonly answer: Promise<Transport[]> } | undefined;
  return {
    get: () => {
      if (known !== undefined && now() - known.since < FRESH_MS) return known.answer;
      const asked = { since: now(), answer: fetchTransports() };
      known = asked;
      asked.answer.catch(() => {
        if (known === asked) known = undefined;
      });
      return asked.answer;
    },
  };
}
