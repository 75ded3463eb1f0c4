import type { MinutesCommand, MinutesDraft, MinutesMode, RoomMetadata } from '@palabre/protocol';
import { ApiError, type Api } from './api.ts';

/** Minutes that wait for approval, as far as this person may see them. */
export interface MinutesState {
  /** May this person read and approve them? */
  readonly able: boolean;
  readonly mode: MinutesMode;
  /** Oldest first. */
  readonly drafts: readonly MinutesDraft[];
  /** A decision is on its way. */
  readonly busy: boolean;
  /** What became of the last decision. */
  readonly done: MinutesCommand['action'] | undefined;
  /** Stable error code of the last decision. */
  readonly failure: string | undefined;
}

export interface MinutesDesk {
  state(): MinutesState;
  /** What the bridge tells everybody, and whether this person moderates. */
  follow(drafts: RoomMetadata['drafts'], moderates: boolean): void;
  /** @returns whether it was obeyed */
  obey(command: MinutesCommand): Promise<boolean>;
  /** Somebody begins to read: asks again, and forgets what became of the last decision. */
  open(): Promise<void>;
  close(): void;
}

export const NO_MINUTES: MinutesState = {
  able: false,
  mode: 'post',
  drafts: [],
  busy: false,
  done: undefined,
  failure: undefined,
};

/**
 * Where moderators read drafts. That something changed is pushed by the bridge to those in the call; before one joins, drafts are
 * asked for once.
 * @param withScribe does what needs the scribe in the room, inviting it where only moderators can
 */
export function createMinutesDesk(
  api: Pick<Api, 'minutes' | 'decideMinutes'>,
  withScribe: (work: () => Promise<void>) => Promise<void>,
  onChange: () => void,
): MinutesDesk {
  let state = NO_MINUTES;
  /** What was last asked for: of which change. */
  let asked: number | undefined;
  /** Counts what makes earlier answers worthless. */
  let generation = 0;

  const update = (change: Partial<MinutesState>): void => {
    state = { ...state, ...change };
    onChange();
  };
  const refresh = async (): Promise<void> => {
    const began = ++generation;
    try {
      const { mode, drafts } = await api.minutes();
      if (began === generation) update({ able: true, mode, drafts });
    } catch (error) {
      if (began !== generation) return;
      // Who moderates but belongs to another server is refused. Without an answer, it is asked again with the rights.
      if (!(error instanceof ApiError && error.code === 'NETWORK')) update({ able: false, drafts: [] });
      else asked = undefined;
    }
  };

  return {
    state: () => state,
    open: () => {
      update({ done: undefined, failure: undefined });
      return refresh();
    },
    follow(drafts, moderates) {
      if (!moderates) {
        generation++;
        asked = undefined;
        if (state.able) update(NO_MINUTES);
        return;
      }
      const changedMs = drafts?.changed_ms ?? 0;
      if (changedMs === asked) return;
      asked = changedMs;
      void refresh();
    },
    async obey(command) {
      if (state.busy) return false;
      const before = state.mode;
      // A switch moves at once, and back if it must.
      const mode = command.action === 'mode' ? command.mode : before;
      update({ busy: true, done: undefined, failure: undefined, mode });
      try {
        const order = (): Promise<void> => api.decideMinutes(command);
        await (command.action === 'approve' ? withScribe(order) : order());
      } catch (error) {
        update({ busy: false, mode: before, failure: error instanceof ApiError ? error.code : 'M_UNKNOWN' });
        return false;
      }
      await refresh();
      update({ busy: false, done: command.action });
      return true;
    },
    close() {
      generation++;
      asked = undefined;
      state = NO_MINUTES;
    },
  };
}
