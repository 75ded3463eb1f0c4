import { captionsAnswerSchema, CAPTIONS_METHOD, sameTransport, type CaptionsRequest } from '@palabre/protocol';
import type { Room } from 'livekit-client';
import { believesCaption, withCaption } from './caption-lines.ts';
import type { CaptionLine, CaptionSender, CaptionStream, ScribeSeat, Speaker } from './caption-lines.ts';
import { backoffMs, wait } from './waiting.ts';

/** Captions of this person: whether they want them, and what was said. Kept in this page only. */
export interface CaptionsState {
  readonly wanted: boolean;
  /** Every scribe that is here says that policy gives this person none. */
  readonly refused: boolean;
  /** Language this person mostly speaks (ISO 639-1); undefined: always detected. */
  readonly speaks: string | undefined;
  /** In the order in which they were begun to be said. */
  readonly lines: readonly CaptionLine[];
}

/** A scribe that is in the call, and our connection to where it is. */
export interface PresentScribe extends ScribeSeat {
  readonly room: Room;
}

export interface Captions {
  state(): CaptionsState;
  want(wanted: boolean): void;
  speak(language: string | undefined): void;
  /** A scribe came or went, or our connection to it changed. */
  look(): void;
  /** Is what this sender says to be read at all? */
  believes(sender: CaptionSender): boolean;
  receive(stream: CaptionStream): void;
  /** The scribe on this service's SFU has said that we get no captions of it. */
  refusedBy(serviceUrl: string): boolean;
  close(): void;
}

export interface CaptionsOptions {
  readonly encrypted: boolean;
  /** Every scribe that makes captions and may be believed, our own first. One of them is used. */
  readonly scribes: () => readonly PresentScribe[];
  /** Every scribe that makes other texts of what is said: they are told which language we speak. */
  readonly keepers: () => readonly PresentScribe[];
  readonly speakerOf: (identity: string) => Speaker | undefined;
  readonly speaks: string | undefined;
  readonly onChange: () => void;
  /** A scribe has refused us. */
  readonly onRefused: () => void;
}

/** Requests are lost while the scribe has no media key of ours yet: it is asked a few times, and then ever less often. */
const QUICK_ATTEMPTS = 4;
const ASK_AGAIN_MS = 1_500;
const ASK_AGAIN_LIMIT_MS = 15_000;
const ANSWER_TIMEOUT_MS = 8_000;

/** Its seat, and our own session there. */
const keyOf = ({ serviceUrl, identity, room }: PresentScribe): string =>
  `${serviceUrl} ${identity} ${room.localParticipant.sid}`;

export function createCaptions(options: CaptionsOptions): Captions {
  const { encrypted, scribes, keepers, speakerOf, onChange, onRefused } = options;
  let state: CaptionsState = { wanted: false, refused: false, speaks: options.speaks, lines: [] };
  /** What each scribe was told last. */
  const told = new Map<string, { readonly wish: string; readonly abort: AbortController }>();
  /** Token services whose scribes gave us nothing. */
  const refusals = new Set<string>();
  const refusedBy = (serviceUrl: string): boolean => [...refusals].some((url) => sameTransport(url, serviceUrl));
  /** One at a time: of two, every sentence would come twice. */
  const used = (): PresentScribe | undefined => scribes().find(({ serviceUrl }) => !refusedBy(serviceUrl));

  const update = (change: Partial<CaptionsState>): void => {
    state = { ...state, ...change };
    onChange();
  };

  const believes = (sender: CaptionSender): boolean => {
    const scribe = used();
    return state.wanted && scribe !== undefined && believesCaption(sender, [scribe], encrypted);
  };

  /** @returns whether we may have captions, or undefined when it was not answered */
  const askOnce = async ({ room, identity }: PresentScribe, payload: string): Promise<boolean | undefined> => {
    try {
      const answer = await room.localParticipant.performRpc({
        destinationIdentity: identity,
        method: CAPTIONS_METHOD,
        payload,
        responseTimeout: ANSWER_TIMEOUT_MS,
      });
      return captionsAnswerSchema.parse(JSON.parse(answer)).allowed;
    } catch {
      return undefined;
    }
  };

  /** Asks until it is answered or something else is wished. */
  const ask = async (scribe: PresentScribe, request: CaptionsRequest, wished: AbortController): Promise<void> => {
    const payload = JSON.stringify(request);
    for (let attempt = 0; !wished.signal.aborted; attempt++) {
      void askOnce(scribe, payload).then((allowed) => {
        if (allowed === undefined || wished.signal.aborted) return;
        wished.abort();
        if (allowed || !request.show || !state.wanted || refusedBy(scribe.serviceUrl)) return;
        refusals.add(scribe.serviceUrl);
        look();
        onRefused();
      });
      const pauseMs = backoffMs(Math.max(0, attempt - QUICK_ATTEMPTS), ASK_AGAIN_MS, ASK_AGAIN_LIMIT_MS);
      await wait(pauseMs, wished.signal).catch(() => undefined);
    }
  };

  const look = (): void => {
    const here = new Set<string>();
    const all = scribes();
    for (const url of refusals) if (!all.some(({ serviceUrl }) => sameTransport(serviceUrl, url))) refusals.delete(url);
    const ours = used();
    const refused = state.wanted && all.length > 0 && ours === undefined;
    if (refused !== state.refused) update({ refused });
    const keeping = new Set(keepers().map(keyOf));
    for (const scribe of [...all, ...keepers()]) {
      const key = keyOf(scribe);
      if (here.has(key)) continue;
      here.add(key);
      const isUsed = scribe.serviceUrl === ours?.serviceUrl && scribe.identity === ours.identity;
      const request: CaptionsRequest = {
        show: state.wanted && isUsed,
        ...((isUsed || keeping.has(key)) && state.speaks !== undefined ? { speaks: state.speaks } : {}),
      };
      const wish = JSON.stringify(request);
      const before = told.get(key);
      // Who wants nothing and says nothing of their language need not be known to it.
      const silent = !request.show && request.speaks === undefined;
      if (before?.wish === wish || (before === undefined && silent)) continue;
      before?.abort.abort();
      const abort = new AbortController();
      told.set(key, { wish, abort });
      void ask(scribe, request, abort);
    }
    for (const [key, { abort }] of told) {
      if (here.has(key)) continue;
      abort.abort();
      told.delete(key);
    }
  };

  return {
    state: () => state,
    want(wanted) {
      refusals.clear();
      update({ wanted, refused: false });
      look();
    },
    speak(language) {
      update({ speaks: language });
      look();
    },
    look,
    believes,
    refusedBy,
    receive(stream) {
      if (!believes(stream)) return;
      const lines = withCaption(state.lines, stream, speakerOf, Date.now());
      if (lines !== state.lines) update({ lines });
    },
    close() {
      for (const { abort } of told.values()) abort.abort();
      told.clear();
      refusals.clear();
      update({ wanted: false, refused: false, lines: [] });
    },
  };
}
