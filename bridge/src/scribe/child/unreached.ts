import type { UnheardSpan } from '../contract.ts';
import { watchUndecrypted, type UndecryptedWatch } from './undecrypted.ts';

/** Somebody who publishes on another SFU than ours. */
export interface Publisher {
  readonly userId: string;
  readonly service: string;
}

/** Follows who publishes on SFUs to which there is no connection. Pure but for the ids. */
export interface UnreachedWatch {
  /** To be called every {@link LOOK_EVERY_MS}. @returns stretches to be told: new ones, and those that have grown */
  look(publishers: readonly Publisher[], isOpen: (service: string) => boolean, atMs: number): UnheardSpan[];
}

export const LOOK_EVERY_MS = 1_000;

export function watchUnreached(): UnreachedWatch {
  const watches = new Map<string, UndecryptedWatch>();
  return {
    look: (publishers, isOpen, atMs) => {
      const missing = new Set(publishers.filter(({ service }) => !isOpen(service)).map(({ userId }) => userId));
      for (const userId of missing) if (!watches.has(userId)) watches.set(userId, watchUndecrypted(LOOK_EVERY_MS));
      return [...watches].flatMap(([userId, watch]): UnheardSpan[] => {
        const span = watch.frame(!missing.has(userId), atMs);
        if (!missing.has(userId)) watches.delete(userId);
        return span === undefined ? [] : [{ ...span, userId, reason: 'sfu_unreachable' }];
      });
    },
  };
}
