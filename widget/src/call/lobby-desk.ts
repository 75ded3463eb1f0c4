import type { LobbyDecision, RoomMetadata } from '@palabre/protocol';
import { ApiError, type Api } from './api.ts';

/** Somebody who waits to be let in. */
export interface WaitingPerson {
  readonly userId: string;
  readonly name: string;
  readonly sinceMs: number;
}

/** The lobby of this meeting, as far as this person may see it. */
export interface LobbyState {
  /** How many wait; everybody sees that. */
  readonly count: number;
  /** Who they are, longest first; empty for those who may not let them in. */
  readonly people: readonly WaitingPerson[];
  /** About whom a decision is on its way. */
  readonly deciding: readonly string[];
  /** Stable error code of the last decision. */
  readonly failure: string | undefined;
}

export interface LobbyDesk {
  state(): LobbyState;
  /** What the bridge tells everybody, and whether this person may ask for more. */
  follow(waiting: RoomMetadata['waiting'], mayAdmit: boolean): void;
  decide(userIds: readonly string[], decision: LobbyDecision): Promise<void>;
  dismissFailure(): void;
  close(): void;
}

const RETRY_MS = 5_000;
const EMPTY: LobbyState = { count: 0, people: [], deciding: [], failure: undefined };

/** Where waiting people are seen and let in: the count is pushed by the bridge, the names are fetched when it changes. */
export function createLobbyDesk(api: Pick<Api, 'lobby' | 'decide'>, onChange: () => void): LobbyDesk {
  let state = EMPTY;
  /** Of the count, when names were last asked for. */
  let fetchedMs: number | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  /** Counts what makes earlier answers worthless. */
  let generation = 0;

  const update = (change: Partial<LobbyState>): void => {
    state = { ...state, ...change };
    onChange();
  };

  const fetchNames = async (): Promise<void> => {
    clearTimeout(retry);
    const began = ++generation;
    try {
      const { people } = await api.lobby();
      if (began !== generation) return;
      update({
        people: people.map((person) => ({ userId: person.user_id, name: person.name, sinceMs: person.since_ms })),
      });
    } catch {
      // Somebody waits, and this person could help: asked again until it is known who.
      if (began === generation) retry = setTimeout(() => void fetchNames(), RETRY_MS);
    }
  };
  const forgetNames = (): void => {
    generation++;
    clearTimeout(retry);
    fetchedMs = undefined;
    if (state.people.length > 0) update({ people: [] });
  };

  return {
    state: () => state,
    follow(waiting, mayAdmit) {
      const { count = 0, changed_ms: changedMs = 0 } = waiting ?? {};
      if (count !== state.count) update({ count });
      if (count === 0 || !mayAdmit) forgetNames();
      else if (changedMs !== fetchedMs) {
        fetchedMs = changedMs;
        void fetchNames();
      }
    },
    async decide(userIds, decision) {
      update({ deciding: [...state.deciding, ...userIds], failure: undefined });
      let failure: string | undefined;
      try {
        await api.decide(userIds, decision);
      } catch (error) {
        failure = error instanceof ApiError ? error.code : 'M_UNKNOWN';
      }
      const decided = (userId: string): boolean => userIds.includes(userId);
      update({
        failure,
        deciding: state.deciding.filter((userId) => !decided(userId)),
        // Whoever was decided about is off the list before the bridge tells everybody.
        people: failure === undefined ? state.people.filter(({ userId }) => !decided(userId)) : state.people,
      });
    },
    dismissFailure: () => update({ failure: undefined }),
    close() {
      forgetNames();
      update(EMPTY);
    },
  };
}
