import { RoomEvent, type Room } from '@livekit/rtc-node';
import { CAPTION_ATTRIBUTES, CAPTIONS_METHOD, CAPTIONS_TOPIC } from '@palabre/protocol';
import type { CaptionText } from '../../../transcription/index.ts';
import { createAudience } from './audience.ts';
import { createCaptionedTrack, type CaptionedTrack, type CaptionUpdate } from './captioned-track.ts';
import { createDelivery, type Delivery } from './delivery.ts';

export { createWrittenCaptions, type WrittenCaptions } from './written-captions.ts';

/** What one track gives for captions. */
export interface CaptionSource {
  /** LiveKit identity of the speaker. */
  readonly identity: string;
  readonly trackSid: string;
}

export interface CaptionSink {
  frame(source: CaptionSource, samples: Int16Array, endMs: number): void;
  ended(source: CaptionSource): void;
}

/** Captions of everybody, for those who want and may. Text leaves this process only as text streams to them. */
export interface Captions {
  readonly sink: CaptionSink;
  close(): void;
}

export interface CaptionsOptions {
  /** Our own connection; in encrypted calls whatever is sent there is encrypted with our media key. */
  readonly room: Room;
  readonly userOf: (identity: string) => string | undefined;
  readonly maySee: (userId: string) => Promise<boolean>;
  readonly caption: (request: {
    readonly speaker: string;
    readonly final: boolean;
    readonly pcm: Int16Array;
    readonly language: string | undefined;
  }) => Promise<CaptionText | undefined>;
  /** Told when it changes. */
  readonly onState: (state: { readonly wanted: boolean; readonly late: boolean }) => void;
  readonly onFailure: (error: unknown) => void;
}

/** What newcomers are sent at once. */
const REMEMBERED_MS = 60_000;
/** Whoever asks more often is not sent it again. */
const REMEMBERED_EVERY_MS = 10_000;
/** Somebody who comes back at once, or reloads, should not bring the scribe twice. */
const UNWANTED_AFTER_MS = 15_000;
const LATE_AFTER_MS = 3_000;
const LOOK_EVERY_MS = 500;
const REVIEW_EVERY_MS = 5_000;

interface Said extends CaptionUpdate {
  readonly source: CaptionSource;
}

export function startCaptions(options: CaptionsOptions): Captions {
  const { room, caption, onFailure } = options;
  const now = (): number => Date.now();
  const audience = createAudience({ ...options, now });
  const tracks = new Map<string, CaptionedTrack>();
  let remembered: Said[] = [];
  // What is being said does not wait for what was said, however many come and ask for that.
  const live = createDelivery(onFailure);
  const past = createDelivery(onFailure);
  /** When somebody was sent what was said before. */
  const caughtUpMs = new Map<string, number>();
  let told = { wanted: true, late: false };

  const send = (delivery: Delivery, said: Said, to: readonly string[]): void => {
    if (to.length === 0) return;
    const attributes = {
      [CAPTION_ATTRIBUTES.segment]: said.segmentId,
      [CAPTION_ATTRIBUTES.final]: said.final ? 'true' : 'false',
      [CAPTION_ATTRIBUTES.track]: said.source.trackSid,
      [CAPTION_ATTRIBUTES.speaker]: said.source.identity,
      [CAPTION_ATTRIBUTES.startedMs]: String(Math.round(said.startMs)),
      ...(said.language === undefined ? {} : { [CAPTION_ATTRIBUTES.language]: said.language }),
    };
    const what = async () =>
      room.localParticipant?.sendText(said.text, {
        topic: CAPTIONS_TOPIC,
        attributes,
        destinationIdentities: [...to],
      });
    delivery.send(what, !said.final);
  };

  const isRecent = ({ startMs }: Said): boolean => now() - startMs < REMEMBERED_MS;

  const show = (said: Said): void => {
    if (said.final) remembered = [...remembered.filter(isRecent), said];
    send(live, said, audience.identities());
  };

  const catchUp = (identity: string): void => {
    if (!audience.identities().includes(identity)) return;
    if (now() - (caughtUpMs.get(identity) ?? -Infinity) < REMEMBERED_EVERY_MS) return;
    caughtUpMs.set(identity, now());
    for (const said of remembered.filter(isRecent)) send(past, said, [identity]);
  };

  const trackOf = (source: CaptionSource): CaptionedTrack => {
    const key = `${source.identity} ${source.trackSid}`;
    const known = tracks.get(key);
    if (known !== undefined) return known;
    const track = createCaptionedTrack({
      caption: (pcm, final) => caption({ speaker: key, final, pcm, language: audience.languageOf(source.identity) }),
      onUpdate: (update) => show({ ...update, source }),
      onFailure,
      now,
    });
    tracks.set(key, track);
    return track;
  };

  room.localParticipant?.registerRpcMethod(CAPTIONS_METHOD, async ({ callerIdentity, payload }) => {
    const answer = await audience.ask(callerIdentity, payload);
    look();
    catchUp(callerIdentity);
    return JSON.stringify(answer);
  });
  const onLeft = ({ identity }: { readonly identity: string }): void => {
    caughtUpMs.delete(identity);
    audience.left(identity);
  };
  room.on(RoomEvent.ParticipantDisconnected, onLeft);

  /** Late as long as a final text is overdue; the next that comes in time ends it. */
  const look = (): void => {
    const emptyMs = audience.emptySinceMs();
    const waits = [...tracks.values()].flatMap((track) => track.waitingSinceMs() ?? []);
    const state = {
      wanted: emptyMs === undefined || now() - emptyMs < UNWANTED_AFTER_MS,
      late: waits.some((sinceMs) => now() - sinceMs > LATE_AFTER_MS),
    };
    if (state.wanted === told.wanted && state.late === told.late) return;
    told = state;
    options.onState(state);
  };
  const looking = setInterval(look, LOOK_EVERY_MS);
  const reviewing = setInterval(() => void audience.review().catch(onFailure), REVIEW_EVERY_MS);

  return {
    sink: {
      frame: (source, samples, endMs) => trackOf(source).push(samples, endMs),
      ended: (source) => {
        const key = `${source.identity} ${source.trackSid}`;
        tracks.get(key)?.end();
        tracks.delete(key);
      },
    },
    close: () => {
      clearInterval(looking);
      clearInterval(reviewing);
      room.off(RoomEvent.ParticipantDisconnected, onLeft);
      room.localParticipant?.unregisterRpcMethod(CAPTIONS_METHOD);
      live.close();
      past.close();
      tracks.clear();
      remembered = [];
    },
  };
}
