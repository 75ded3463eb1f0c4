import { CALL_MEMBER_EVENT } from '@palabre/protocol';
import type { MatrixClient } from 'matrix-js-sdk';

/**
 * What the widget has told the room about being in its call, so that it can be taken back when the widget no longer can. Without
 * this, a frame that is closed too early leaves a ghost until the homeserver sends the delayed leave (MSC4140).
 */
export interface Presence {
  /** The widget writes its membership, or withdraws it when `content` is empty. */
  writing<T>(stateKey: string, content: unknown, request: Promise<T>): Promise<T>;
  /** The widget has the homeserver send its leave unless it keeps putting that off. */
  scheduling<T extends { readonly delay_id: string }>(request: Promise<T>): Promise<T>;
  /** The widget has its leave sent now. */
  leaving<T>(delayId: string, request: Promise<T>): Promise<T>;
  cancelling<T>(delayId: string, request: Promise<T>): Promise<T>;
  /** The room may believe that we are in the call. */
  remains(): boolean;
  /** Takes back what the widget left behind. Never rejects: what does not get through is left to the homeserver's delayed leave. */
  withdraw(): Promise<void>;
}

export function createPresence(client: MatrixClient, roomId: string): Presence {
  const underWay = new Set<Promise<void>>();
  const delayIds = new Set<string>();
  const stateKeys = new Set<string>();

  const follow = <T>(request: Promise<T>, then: (answer: T) => void): Promise<T> => {
    const settled = request.then(then, () => undefined);
    underWay.add(settled);
    void settled.then(() => underWay.delete(settled));
    return request;
  };
  const leave = async (delayId: string): Promise<boolean> => {
    try {
      await client._unstable_sendScheduledDelayedEvent(delayId);
      return true;
    } catch {
      // Sent by the homeserver already, replaced by the widget, or out of reach.
      return false;
    }
  };

  return {
    writing: (stateKey, content, request) => {
      const empty = typeof content !== 'object' || content === null || Object.keys(content).length === 0;
      // A join whose answer got lost may have been believed all the same.
      if (!empty) stateKeys.add(stateKey);
      return follow(request, () => {
        if (empty) stateKeys.delete(stateKey);
      });
    },
    scheduling: (request) => follow(request, ({ delay_id: delayId }) => delayIds.add(delayId)),
    leaving: (delayId, request) =>
      follow(request, () => {
        delayIds.delete(delayId);
        stateKeys.clear();
      }),
    // Called off, because another window has the membership now and what stands is not ours to take back, or because it is
    // written anew in a moment (matrix-js-sdk's forced re-join).
    cancelling: (delayId, request) =>
      follow(request, () => {
        delayIds.delete(delayId);
        stateKeys.clear();
      }),
    remains: () => underWay.size > 0 || delayIds.size > 0 || stateKeys.size > 0,
    withdraw: async () => {
      // A join that is still under way would arrive after the leave.
      await Promise.all(underWay);
      const leaves = [...delayIds];
      const keys = [...stateKeys];
      delayIds.clear();
      stateKeys.clear();
      const sent = await Promise.all(leaves.map(leave));
      if (sent.includes(true)) return;
      await Promise.allSettled(
        keys.map((key) => client.sendStateEvent(roomId, CALL_MEMBER_EVENT as never, {} as never, key)),
      );
    },
  };
}
