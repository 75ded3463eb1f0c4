import { RoomEvent, type Room } from '@livekit/rtc-node';
import { CAPTION_ATTRIBUTES, CAPTIONS_TOPIC } from '@palabre/protocol';
import type { CaptionText } from '../../../transcription/index.ts';
import { createCaptionedTrack, type CaptionedTrack, type CaptionUpdate } from './captioned-track.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import { createFinals } from './finals.ts';
import type { CaptionRequests } from './requests.ts';

export { takeCaptionRequests, type CaptionRequests } from './requests.ts';
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

/** What captions are made for: those who read them now, and the picture of a recording. Both may be wanted of the same tracks. */
export type CaptionUse = 'live' | 'picture';

/** Captions of everybody, for those who want and may. Text leaves this process only as text streams to them. */
export interface Captions {
  readonly sink: CaptionSink;
  /** From now on nothing is asked about and nothing is sent, whoever still gives frames. */
  close(): void;
}

export interface CaptionsOptions {
  /** Our own connection; in encrypted calls whatever is sent there is encrypted with our media key. */
  readonly room: Room;
  /** Who wants them. */
  readonly requests: CaptionRequests;
  readonly caption: (request: {
    readonly speaker: string;
    readonly final: boolean;
    readonly pcm: Int16Array;
    readonly language: string | undefined;
  }) => Promise<CaptionText | undefined>;
  /** Nobody reads any more: nobody waits for what was asked about. */
  readonly forget: () => void;
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
/** While every engine is away or too slow, so much speech waits for its text: 19 MB. The widget says meanwhile that captions are late. */
const MOST_WAITING_MS = 10 * 60_000;
const LOOK_EVERY_MS = 500;
const REVIEW_EVERY_MS = 5_000;

interface Said extends CaptionUpdate {
  readonly source: CaptionSource;
  /** When its text was there. */
  readonly atMs: number;
}

export function startCaptions(options: CaptionsOptions): Captions {
  const { room, requests, caption, onFailure } = options;
  const { audience } = requests;
  const now = (): number => Date.now();
  const startedMs = now();
  const tracks = new Map<string, CaptionedTrack>();
  let remembered: Said[] = [];
  // What is being said does not wait for what was said, however many come and ask for that.
  const live = createDelivery(onFailure);
  const past = createDelivery(onFailure);
  /** When somebody was sent what was said before. */
  const caughtUpMs = new Map<string, number>();
  const finals = createFinals({ mostMs: MOST_WAITING_MS, now });
  let told = { wanted: true, late: false };
  /** undefined: nobody has come yet. What is said meanwhile is for whoever asked for captions, and is on the way here. */
  let isRead: boolean | undefined;
  /** How often everything that was asked about was given up: an answer to what was asked before is for nobody. */
  let dropped = 0;
  let closed = false;

  /** @param to asked when it is really sent: it may have waited, and who may see it may have changed */
  const send = (delivery: Delivery, said: Said, to: () => readonly string[]): void => {
    if (to().length === 0) return;
    const attributes = {
      [CAPTION_ATTRIBUTES.segment]: said.segmentId,
      [CAPTION_ATTRIBUTES.final]: said.final ? 'true' : 'false',
      [CAPTION_ATTRIBUTES.track]: said.source.trackSid,
      [CAPTION_ATTRIBUTES.speaker]: said.source.identity,
      [CAPTION_ATTRIBUTES.startedMs]: String(Math.round(said.startMs)),
      ...(said.language === undefined ? {} : { [CAPTION_ATTRIBUTES.language]: said.language }),
    };
    const what = async () => {
      const destinationIdentities = [...to()];
      if (destinationIdentities.length === 0) return;
      await room.localParticipant?.sendText(said.text, { topic: CAPTIONS_TOPIC, attributes, destinationIdentities });
    };
    delivery.send(what, !said.final);
  };

  const isRecent = ({ atMs }: Said): boolean => now() - atMs < REMEMBERED_MS;

  const show = (said: Said): void => {
    // An engine may answer late.
    if (closed) return;
    if (said.final) remembered = [...remembered.filter(isRecent), said];
    send(live, said, () => audience.identities());
  };

  const catchUp = (identity: string): void => {
    const toThem = (): readonly string[] => audience.identities().filter((one) => one === identity);
    if (toThem().length === 0) return;
    if (now() - (caughtUpMs.get(identity) ?? -Infinity) < REMEMBERED_EVERY_MS) return;
    caughtUpMs.set(identity, now());
    for (const said of remembered.filter(isRecent)) send(past, said, toThem);
  };

  const trackOf = (source: CaptionSource): CaptionedTrack => {
    const key = `${source.identity} ${source.trackSid}`;
    const known = tracks.get(key);
    if (known !== undefined) return known;
    const before = dropped;
    const track = createCaptionedTrack({
      caption: (pcm, final) => {
        const ask = (sound: Int16Array): Promise<CaptionText | undefined> =>
          caption({ speaker: `live ${key}`, final, pcm: sound, language: audience.languageOf(source.identity) });
        return final ? finals.ask(key, pcm, ask) : ask(pcm);
      },
      onUpdate: (update) => {
        if (dropped === before) show({ ...update, source, atMs: now() });
      },
      onFailure,
      now,
    });
    tracks.set(key, track);
    return track;
  };

  requests.follow((identity) => {
    look();
    catchUp(identity);
  });
  const onLeft = ({ identity }: { readonly identity: string }): void => {
    caughtUpMs.delete(identity);
    look();
  };
  room.on(RoomEvent.ParticipantDisconnected, onLeft);

  /** Sound that is on its way to an engine, or there. */
  const dropSound = (): void => {
    dropped += 1;
    tracks.clear();
    finals.forget();
    options.forget();
  };

  /** Late as long as a final text is overdue, or does not get out; the next that comes in time ends it. */
  const look = (): void => {
    const emptyMs = audience.emptySinceMs();
    // The scribe stays for a while, and meanwhile hears nobody for nobody.
    if (isRead === true && emptyMs !== undefined) dropSound();
    if (isRead !== undefined || emptyMs === undefined) isRead = emptyMs === undefined;
    const waits = [finals.waitingSinceMs(), live.waitingSinceMs()].filter((sinceMs) => sinceMs !== undefined);
    const state = {
      wanted: emptyMs === undefined || now() - Math.max(emptyMs, startedMs) < UNWANTED_AFTER_MS,
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
      frame: (source, samples, endMs) => {
        if (!closed && isRead !== false) trackOf(source).push(samples, endMs);
      },
      ended: (source) => {
        const key = `${source.identity} ${source.trackSid}`;
        tracks.get(key)?.end();
        tracks.delete(key);
      },
    },
    close: () => {
      closed = true;
      clearInterval(looking);
      clearInterval(reviewing);
      room.off(RoomEvent.ParticipantDisconnected, onLeft);
      requests.follow(undefined);
      audience.dismiss();
      finals.close();
      dropSound();
      live.close();
      past.close();
      remembered = [];
    },
  };
}
