/** Sends texts one after the other, and neither waits for one for ever nor keeps what would come too late. */
export interface Delivery {
  /** @param droppable is left out when much waits already: a newer text will say it again */
  send(what: () => Promise<unknown>, droppable: boolean): void;
  /** Forgets what waits. */
  close(): void;
}

/** Waiting at once. A text is a few packets: more than this waits only when they do not get out. */
export const MOST_WAITING = 500;
export const MOST_DROPPABLE_WAITING = 50;
/** A text stream that has not been sent by then will not be. */
export const SEND_TIMEOUT_MS = 5_000;

/** @param onFailure told of texts that could not be sent, and once of each time when texts are left out */
export function createDelivery(onFailure: (error: unknown) => void): Delivery {
  let waiting: (() => Promise<unknown>)[] = [];
  let sending = false;
  let full = false;

  async function sendOne(what: () => Promise<unknown>): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('a caption was not sent in time')), SEND_TIMEOUT_MS);
    try {
      await Promise.race([what(), late]);
    } catch (error) {
      onFailure(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async function sendAll(): Promise<void> {
    if (sending) return;
    sending = true;
    for (let what = waiting.shift(); what !== undefined; what = waiting.shift()) await sendOne(what);
    full = false;
    sending = false;
  }

  return {
    send(what, droppable) {
      if (waiting.length < (droppable ? MOST_DROPPABLE_WAITING : MOST_WAITING)) {
        waiting.push(what);
        void sendAll();
      } else if (!full) {
        full = true;
        onFailure(new Error('captions are left out: too many wait to be sent'));
      }
    },
    close() {
      waiting = [];
    },
  };
}
