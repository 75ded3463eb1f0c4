import type { PresenceChange } from './marks.ts';

/** Writes down who comes and goes while a meeting is kept. */
export interface Presence {
  /** Who is in the call now. */
  seen(userIds: readonly string[], atMs: number): Promise<void>;
  /** From now on it is written down; what was before is nobody's business. */
  open(atMs: number): Promise<void>;
}

export interface PresenceStore {
  addPresence(runId: string, changes: readonly PresenceChange[]): Promise<void>;
  /** In order of time. */
  presence(runId: string): Promise<PresenceChange[]>;
}

/** Who is in the call after these changes. */
export function presentAfter(changes: readonly PresenceChange[]): Set<string> {
  const present = new Set<string>();
  for (const { userId, change } of changes) {
    if (change === 'left') present.delete(userId);
    else present.add(userId);
  }
  return present;
}

export function createPresence(store: PresenceStore, runId: string): Presence {
  let isOpen = false;
  let current: ReadonlySet<string> | undefined;
  /** As it is written down; undefined: not read yet. */
  let written: Set<string> | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const settle = async (atMs: number): Promise<void> => {
    if (!isOpen || current === undefined) return;
    const now = current;
    let change: PresenceChange['change'] = 'joined';
    if (written === undefined) {
      // A former process may have begun.
      const before = await store.presence(runId);
      written = presentAfter(before);
      if (before.length === 0) change = 'present';
    }
    const known = written;
    const changes = [
      ...[...known].filter((userId) => !now.has(userId)).map((userId) => ({ userId, atMs, change: 'left' as const })),
      ...[...now].filter((userId) => !known.has(userId)).map((userId) => ({ userId, atMs, change })),
    ];
    if (changes.length === 0) return;
    await store.addPresence(runId, changes);
    written = new Set(now);
  };
  const inTurn = (atMs: number): Promise<void> => {
    const done = turn.then(() => settle(atMs));
    turn = done.catch(() => undefined);
    return done;
  };

  return {
    seen: (userIds, atMs) => {
      current = new Set(userIds);
      return inTurn(atMs);
    },
    open: (atMs) => {
      isOpen = true;
      return inTurn(atMs);
    },
  };
}
