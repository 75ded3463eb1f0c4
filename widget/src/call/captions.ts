import { captionsAnswerSchema, CAPTIONS_METHOD, type CaptionsRequest } from '@palabre/protocol';
import type { Room } from 'livekit-client';
import { believesCaption, withCaption } from './caption-lines.ts';
import type { CaptionLine, CaptionStream, ScribeSeat, Speaker } from './caption-lines.ts';
import { wait } from './waiting.ts';

/** Captions of this person: whether they want them, and what was said. Kept in this page only. */
export interface CaptionsState {
  readonly wanted: boolean;
  /** The scribe says that policy gives this person none. */
  readonly refused: boolean;
  /** Language this person speaks (ISO 639-1); undefined: detected. */
  readonly speaks: string | undefined;
  /** In the order in which they were begun to be said. */
  readonly lines: readonly CaptionLine[];
}

/** A scribe that makes captions now, and our connection to where it is. */
export interface CaptioningScribe extends ScribeSeat {
  readonly room: Room;
}

export interface Captions {
  state(): CaptionsState;
  want(wanted: boolean): void;
  speak(language: string | undefined): void;
  /** A scribe came or went, or our connection to it changed. */
  look(): void;
  receive(stream: CaptionStream): void;
  close(): void;
}

export interface CaptionsOptions {
  readonly encrypted: boolean;
  /** Every scribe that may be believed. */
  readonly scribes: () => readonly CaptioningScribe[];
  readonly speakerOf: (identity: string) => Speaker | undefined;
  readonly speaks: string | undefined;
  readonly onChange: () => void;
}

/** Requests are lost while the scribe has no media key of ours yet. Asking twice does no harm. */
const ASK_EVERY_MS = 1_500;
const ANSWER_TIMEOUT_MS = 8_000;

export function createCaptions(options: CaptionsOptions): Captions {
  const { encrypted, scribes, speakerOf, onChange } = options;
  let state: CaptionsState = { wanted: false, refused: false, speaks: options.speaks, lines: [] };
  /** What each scribe was told last, by its seat and our own session there. */
  const told = new Map<string, { readonly wish: string; readonly abort: AbortController }>();

  const update = (change: Partial<CaptionsState>): void => {
    state = { ...state, ...change };
    onChange();
  };

  /** @returns whether it was answered */
  const askOnce = async ({ room, identity }: CaptioningScribe, payload: string): Promise<boolean> => {
    try {
      const answer = await room.localParticipant.performRpc({
        destinationIdentity: identity,
        method: CAPTIONS_METHOD,
        payload,
        responseTimeout: ANSWER_TIMEOUT_MS,
      });
      const { allowed } = captionsAnswerSchema.parse(JSON.parse(answer));
      if (state.refused === allowed) update({ refused: !allowed });
      return true;
    } catch {
      return false;
    }
  };

  /** Asks until it is answered or something else is wished. */
  const ask = async (scribe: CaptioningScribe, payload: string, wished: AbortController): Promise<void> => {
    while (!wished.signal.aborted) {
      void askOnce(scribe, payload).then((answered) => {
        if (answered) wished.abort();
      });
      await wait(ASK_EVERY_MS, wished.signal).catch(() => undefined);
    }
  };

  return {
    state: () => state,
    want(wanted) {
      update({ wanted, refused: false });
      this.look();
    },
    speak(language) {
      update({ speaks: language });
      this.look();
    },
    look() {
      const here = new Set<string>();
      for (const scribe of scribes()) {
        const key = `${scribe.serviceUrl} ${scribe.identity} ${scribe.room.localParticipant.sid}`;
        here.add(key);
        const request: CaptionsRequest = {
          show: state.wanted,
          ...(state.speaks === undefined ? {} : { speaks: state.speaks }),
        };
        const wish = JSON.stringify(request);
        const before = told.get(key);
        // Who wants nothing and says nothing of their language need not be known to it.
        const silent = !request.show && request.speaks === undefined;
        if (before?.wish === wish || (before === undefined && silent)) continue;
        before?.abort.abort();
        const abort = new AbortController();
        told.set(key, { wish, abort });
        void ask(scribe, wish, abort);
      }
      for (const [key, { abort }] of told) {
        if (here.has(key)) continue;
        abort.abort();
        told.delete(key);
      }
    },
    receive(stream) {
      if (!state.wanted || !believesCaption(stream, scribes(), encrypted)) return;
      const lines = withCaption(state.lines, stream, speakerOf, Date.now());
      if (lines !== state.lines) update({ lines });
    },
    close() {
      for (const { abort } of told.values()) abort.abort();
      told.clear();
      update({ wanted: false, refused: false, lines: [] });
    },
  };
}
