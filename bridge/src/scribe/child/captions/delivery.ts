/** Sends texts one after the other. Final ones are sent until they are out, in their order; nothing else waits for long. */
export interface Delivery {
  /** @param droppable an interim text: left out when much waits already, or when sending fails, because a newer one will say it again */
  send(what: () => Promise<unknown>, droppable: boolean): void;
  /** Since when the oldest final text waits. */
  waitingSinceMs(): number | undefined;
  /** Forgets what waits. */
  close(): void;
}

/** A text is a few packets: more than this waits only when they do not get out. */
export const MOST_DROPPABLE_WAITING = 50;
/** An hour of lively talk, and all that a widget keeps of it: what is older would be shown to nobody. */
export const MOST_FINALS_WAITING = 1_000;
/** A text stream that has not been sent by then will not be. */
export const SEND_TIMEOUT_MS = 5_000;
/** The connection may be on its way back. To be sent twice does no harm: the segment is the same. */
export const SEND_AGAIN_MS = 500;

interface Waiting {
  readonly what: () => Promise<unknown>;
  readonly droppable: boolean;
  readonly sinceMs: number;
}

/** @param onFailure told once of each time when texts cannot be sent, or are left out */
export function createDelivery(onFailure: (error: unknown) => void): Delivery {
  let waiting: Waiting[] = [];
  let sending = false;
  let told = false;

  const fail = (error: unknown): void => {
    if (!told) onFailure(error);
    told = true;
  };

  async function sendOne(what: () => Promise<unknown>): Promise<boolean> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('a caption was not sent in time')), SEND_TIMEOUT_MS);
    try {
      await Promise.race([what(), late]);
      return true;
    } catch (error) {
      fail(error);
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  async function sendAll(): Promise<void> {
    if (sending) return;
    sending = true;
    for (let [one] = waiting; one !== undefined; [one] = waiting) {
      const sent = await sendOne(one.what);
      if (sent || one.droppable) waiting = waiting.filter((other) => other !== one);
      else await new Promise((resolve) => setTimeout(resolve, SEND_AGAIN_MS));
    }
    told = false;
    sending = false;
  }

  return {
    send(what, droppable) {
      const alike = waiting.filter((one) => one.droppable === droppable);
      if (alike.length >= (droppable ? MOST_DROPPABLE_WAITING : MOST_FINALS_WAITING)) {
        fail(new Error('captions are left out: too many wait to be sent'));
        if (droppable) return;
        waiting = waiting.filter((one) => one !== alike[0]);
      }
      waiting.push({ what, droppable, sinceMs: Date.now() });
      void sendAll();
    },
    waitingSinceMs: () => waiting.find(({ droppable }) => !droppable)?.sinceMs,
    close() {
      waiting = [];
    },
  };
}
