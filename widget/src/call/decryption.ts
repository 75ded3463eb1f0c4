import { RemoteTrack, Track, type RemoteParticipant } from 'livekit-client';
import * as z from 'zod/mini';

/** What came of a track and what of it could be shown or heard, each counted from the track's beginning. */
export interface Flow {
  readonly arrived: number;
  readonly decoded: number;
}
export type Flows = ReadonlyMap<string, Flow>;

/** Does media of some track arrive of which nothing can be used? */
export function isStuck(before: Flows, now: Flows): boolean {
  return [...now].some(([track, { arrived, decoded }]) => {
    const earlier = before.get(track);
    return earlier !== undefined && arrived > earlier.arrived && decoded <= earlier.decoded;
  });
}

/** W3C webrtc-stats, `RTCInboundRtpStreamStats`. */
const inboundSchema = z.object({
  type: z.literal('inbound-rtp'),
  packetsReceived: z.number(),
  framesDecoded: z.optional(z.number()),
  jitterBufferEmittedCount: z.optional(z.number()),
});

/** Of every track of a participant that is received and not muted. */
export async function flowsOf(participant: RemoteParticipant | undefined): Promise<Flows> {
  const flows = new Map<string, Flow>();
  for (const { trackSid, track, isMuted } of participant?.trackPublications.values() ?? []) {
    if (isMuted || !(track instanceof RemoteTrack)) continue;
    const report = await track.getRTCStatsReport();
    report?.forEach((stat: unknown) => {
      const inbound = inboundSchema.safeParse(stat);
      if (!inbound.success) return;
      const decoded =
        track.kind === Track.Kind.Video ? inbound.data.framesDecoded : inbound.data.jitterBufferEmittedCount;
      if (decoded !== undefined) flows.set(trackSid, { arrived: inbound.data.packetsReceived, decoded });
    });
  }
  return flows;
}

/** Whose media cannot be decrypted. */
export interface Decryption {
  /** LiveKit could not decrypt something of this participant: they are watched from now on. */
  suspect(identity: string): void;
  isFailing(identity: string): boolean;
  close(): void;
}

const LOOK_EVERY_MS = 1_000;
/** A key may still be on its way. */
const PATIENCE_MS = 3_000;
/** LiveKit reports only the first errors of each minute. */
const WATCH_MS = 60_000;

interface Suspect {
  flows: Flows;
  untilMs: number;
  stuckSinceMs: number | undefined;
  failing: boolean;
}

/**
 * LiveKit tells that decrypting has failed, never that it works again, and frames fail in every change of keys. So an error only
 * draws our attention; what arrives and what is decoded of it says whether media really stays dark.
 */
export function createDecryption(
  read: (identity: string) => Promise<Flows>,
  onChange: () => void,
  now: () => number = Date.now,
): Decryption {
  const suspects = new Map<string, Suspect>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const judge = (suspect: Suspect, flows: Flows): boolean => {
    const was = suspect.failing;
    if (isStuck(suspect.flows, flows)) {
      suspect.stuckSinceMs ??= now();
      suspect.untilMs = now() + WATCH_MS;
    } else suspect.stuckSinceMs = undefined;
    suspect.flows = flows;
    suspect.failing = suspect.stuckSinceMs !== undefined && now() - suspect.stuckSinceMs >= PATIENCE_MS;
    return was !== suspect.failing;
  };
  const look = async (): Promise<void> => {
    let changed = false;
    for (const [identity, suspect] of suspects) {
      const flows = await read(identity).catch((): Flows => new Map());
      if (closed) return;
      changed = judge(suspect, flows) || changed;
      if (now() >= suspect.untilMs) suspects.delete(identity);
    }
    timer = suspects.size > 0 ? setTimeout(() => void look(), LOOK_EVERY_MS) : undefined;
    if (changed) onChange();
  };

  return {
    suspect(identity) {
      const known = suspects.get(identity);
      if (known !== undefined) {
        known.untilMs = now() + WATCH_MS;
        return;
      }
      suspects.set(identity, {
        flows: new Map(),
        untilMs: now() + WATCH_MS,
        stuckSinceMs: undefined,
        failing: false,
      });
      timer ??= setTimeout(() => void look(), 0);
    },
    isFailing: (identity) => suspects.get(identity)?.failing === true,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
