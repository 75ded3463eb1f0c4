import type { RecordingLayout } from '@palabre/protocol';
import {
  AudioCodec,
  EgressClient,
  EgressStatus,
  EncodedFileOutput,
  EncodedFileType,
  EncodingOptions,
  S3Upload,
  ServerError,
  VideoCodec,
  type EgressInfo,
} from 'livekit-server-sdk';
import { createFolderFiles, createS3Files, FileAbsent, type Files, type S3Place } from '../storage/index.ts';
import type { Egress, EgressState } from './egress.ts';
import type { EgressHints } from './hints.ts';

/** Where Egress puts its files, and the bridge finds them. */
export type EgressPlace =
  /** One folder of both; `workerDir`: what it is called where Egress runs. */
  { readonly dir: string; readonly workerDir?: string | undefined } | { readonly s3: S3Place };

export interface LivekitEgressOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly place: EgressPlace;
  readonly hints: EgressHints;
  readonly now: () => number;
  /** Replaced in tests. */
  readonly waits?: EgressWaits;
}

export interface EgressWaits {
  readonly requestS: number;
  /** Between two looks, and how long it may take to begin and to end. */
  readonly lookMs: number;
  readonly beginMs: number;
  readonly endMs: number;
  /** How long a recorder that was asked to end may stay in the call. */
  readonly leaveMs: number;
}

/** A browser has to open at its beginning. An end that takes longer, as an upload may, is waited for again. */
const WAITS: EgressWaits = { requestS: 10, lookMs: 2_000, beginMs: 20_000, endMs: 20_000, leaveMs: 30_000 };
const AUDIO_KILOBITS = 128;
const KEY_FRAME_S = 2;

/** Egress knows no layout for a shared screen: its speaker layout puts one first. */
const LAYOUTS: Readonly<Record<RecordingLayout, string>> = {
  screen: 'speaker',
  speaker: 'speaker',
  grid: 'grid',
  audio: '',
};

const STATES: Readonly<Record<EgressStatus, EgressState>> = {
  [EgressStatus.EGRESS_STARTING]: 'starting',
  [EgressStatus.EGRESS_ACTIVE]: 'active',
  [EgressStatus.EGRESS_ENDING]: 'ending',
  [EgressStatus.EGRESS_COMPLETE]: 'ended',
  [EgressStatus.EGRESS_LIMIT_REACHED]: 'ended',
  [EgressStatus.EGRESS_FAILED]: 'failed',
  [EgressStatus.EGRESS_ABORTED]: 'failed',
};

function isUnderWay(state: EgressState): boolean {
  return state === 'starting' || state === 'active' || state === 'ending';
}

/**
 * When its first frame was captured; the SFU tells nanoseconds. By the time of a clock that is not ours films would be cut too late:
 * then the latest moment counts at which it can have been.
 */
function startedMs({ fileResults: [file] }: EgressInfo, askedMs: number, seenMs: number): number {
  const toldMs = Number((file?.startedAt ?? 0n) / 1_000n) / 1_000;
  return toldMs >= askedMs && toldMs <= seenMs ? toldMs : seenMs;
}

function pathIn({ request }: EgressInfo): string | undefined {
  return request.case === 'roomComposite' ? request.value.fileOutputs[0]?.filepath : undefined;
}

/** The files of that place, by the names of recordings. */
export function createEgressFiles(place: EgressPlace): Files {
  return 's3' in place ? createS3Files(place.s3) : createFolderFiles(place.dir);
}

/**
 * Egress behind livekit-server's API: Twirp over HTTP, every request with a token of its own that may do nothing but record
 * (`roomRecord`). The SFU needs Redis for it; without it every request is refused.
 */
export function createLivekitEgress(options: LivekitEgressOptions): Egress {
  const { url, apiKey, apiSecret, place, hints, now, waits = WAITS } = options;
  const client = new EgressClient(url, apiKey, apiSecret, { requestTimeout: waits.requestS, failover: false });
  const files = createEgressFiles(place);
  const before = 's3' in place ? place.s3.prefix : `${place.workerDir ?? place.dir}/`;

  const outputFor = (name: string): EncodedFileOutput => {
    const file = { fileType: EncodedFileType.MP4, filepath: `${before}${name}`, disableManifest: true };
    if (!('s3' in place)) return new EncodedFileOutput(file);
    const { endpoint, region, bucket, accessKeyId: accessKey, secretAccessKey: secret } = place.s3;
    const forcePathStyle = endpoint !== undefined;
    const value = new S3Upload({ accessKey, secret, region, endpoint: endpoint ?? '', bucket, forcePathStyle });
    return new EncodedFileOutput({ ...file, output: { case: 's3', value } });
  };

  const named = async (livekitRoom: string): Promise<{ name: string; info: EgressInfo; state: EgressState }[]> => {
    const all = await client.listEgress({ roomName: livekitRoom });
    return all.flatMap((info) => {
      const path = pathIn(info);
      if (path?.startsWith(before) !== true) return [];
      return [{ name: path.slice(before.length), info, state: STATES[info.status] }];
    });
  };
  const find = async (livekitRoom: string, name: string) =>
    (await named(livekitRoom)).find((egress) => egress.name === name);

  /** By the identity with which a recorder comes to the SFU: the name of what it records by right, and until when (monotonic). */
  const recorders = new Map<string, { readonly name: string; untilMs: number }>();
  const forget = (isMeant: (name: string) => boolean): void => {
    for (const [identity, { name }] of recorders) if (isMeant(name)) recorders.delete(identity);
  };
  /** It is on its way out. One that does not go may be put out. */
  const letGo = (identity: string): void => {
    const recorder = recorders.get(identity);
    if (recorder !== undefined) recorder.untilMs = Math.min(recorder.untilMs, performance.now() + waits.leaveMs);
  };

  const end = async (egressId: string): Promise<void> => {
    try {
      await client.stopEgress(egressId);
    } catch (error) {
      // It has ended by itself.
      const code = error instanceof ServerError ? error.code : undefined;
      if (code !== 'failed_precondition' && code !== 'not_found') throw error;
    }
  };
  const stopThose: Egress['stopThose'] = async (livekitRoom, isMeant) => {
    try {
      for (const { name, info, state } of await named(livekitRoom)) {
        if (!isMeant(name) || !isUnderWay(state)) continue;
        if (state !== 'ending') await end(info.egressId);
        letGo(info.egressId);
      }
    } catch (error) {
      // Those who look after the SFU can still put it out.
      forget(isMeant);
      throw error;
    }
  };
  const stop: Egress['stop'] = (livekitRoom, name) => stopThose(livekitRoom, (other) => other === name);

  return {
    stop,
    stopThose,
    start: async ({ livekitRoom, name, layout, width, height, framesPerSecond, videoBitsPerSecond }, signal) => {
      const audioOnly = layout === 'audio';
      const sound = { audioCodec: AudioCodec.AAC, audioBitrate: AUDIO_KILOBITS };
      const picture = {
        width,
        height,
        framerate: framesPerSecond,
        videoCodec: VideoCodec.H264_MAIN,
        videoBitrate: Math.round(videoBitsPerSecond / 1_000),
        keyFrameInterval: KEY_FRAME_S,
      };
      const askedMs = now();
      // Not by itself: as such it would also fill a field that LiveKit has given up.
      const output = { file: outputFor(name) };
      let info: EgressInfo | undefined = await client.startRoomCompositeEgress(livekitRoom, output, {
        layout: LAYOUTS[layout],
        audioOnly,
        encodingOptions: new EncodingOptions(audioOnly ? sound : { ...sound, ...picture }),
      });
      recorders.set(info.egressId, { name, untilMs: Infinity });
      const untilMs = performance.now() + waits.beginMs;
      while (info?.status === EgressStatus.EGRESS_STARTING) {
        if (performance.now() > untilMs) throw new Error('Egress does not begin');
        await hints.next(livekitRoom, waits.lookMs, signal);
        info = (await find(livekitRoom, name))?.info;
      }
      if (info?.status !== EgressStatus.EGRESS_ACTIVE) throw new Error('Egress did not begin');
      return startedMs(info, askedMs, now());
    },
    isRecorder: (identity) => (recorders.get(identity)?.untilMs ?? 0) > performance.now(),
    look: async (livekitRoom, name) => (await find(livekitRoom, name))?.state ?? 'absent',
    settle: async (livekitRoom, name, signal) => {
      const untilMs = performance.now() + waits.endMs;
      for (;;) {
        const egress = await find(livekitRoom, name);
        if (egress === undefined || !isUnderWay(egress.state)) {
          forget((other) => other === name);
          return;
        }
        if (performance.now() > untilMs) throw new Error('Egress does not end');
        if (egress.state !== 'ending') await end(egress.info.egressId);
        letGo(egress.info.egressId);
        await hints.next(livekitRoom, waits.lookMs, signal);
      }
    },
    news: (livekitRoom, signal) => hints.next(livekitRoom, waits.lookMs, signal),
    read: async (name) => {
      try {
        return await files.read(name);
      } catch (error) {
        if (error instanceof FileAbsent) return undefined;
        throw error;
      }
    },
  };
}
