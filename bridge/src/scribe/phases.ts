import { roomMetadataSchema } from '@palabre/protocol';
import type { RoomMetadata } from '@palabre/protocol';
import type { RunDeps, RunFacts } from './deps.ts';
import type { Patience } from './patience.ts';
import type { LiveJob } from './segments.ts';
import type { What } from './store.ts';

/** Tells everybody in the call what the scribe does: as room metadata on the SFU, which every client sees and nobody else can write. */
export interface Phases {
  /** What was given up; shown until it is asked for again. */
  readonly failed: Set<What>;
  readonly tell: () => void;
  /** What is told of one kind of work. */
  readonly of: (what: What) => RoomMetadata['recording'];
  /** Captions come more slowly than people speak, or no longer. */
  readonly setLate: (late: boolean) => void;
  /** The metadata as clients see it: told again when the SFU lost the room and its metadata with it. */
  readonly seen: (text: string) => void;
}

/** What concerns the scribe in the metadata of a room; others write the rest. */
function ourPartOf(text: string): string | undefined {
  try {
    const { data } = roomMetadataSchema.safeParse(JSON.parse(text));
    if (data === undefined) return undefined;
    const { recording, transcription, captions, scribe, consent } = data;
    return JSON.stringify({ recording, transcription, captions, scribe, consent });
  } catch {
    return undefined; // The SFU lost the room: there is none.
  }
}

export function createPhases(
  { setMetadata, scribeUserId }: RunDeps,
  { livekitRoom }: RunFacts,
  jobs: ReadonlyMap<What, LiveJob>,
  complain: Patience['complain'],
  consent: () => RoomMetadata['consent'],
): Phases {
  const failed = new Set<What>();
  let told: string | undefined;
  let isLate = false;

  const of: Phases['of'] = (what) => {
    const job = jobs.get(what);
    if (job === undefined) return { phase: failed.has(what) ? 'failed' : 'off' };
    const { phase, sinceMs, pausedAtMs } = job;
    return {
      phase,
      ...(sinceMs === undefined ? {} : { since_ms: sinceMs }),
      // Until it runs again, nothing is added to what there is.
      ...(sinceMs === undefined || pausedAtMs === undefined ? {} : { elapsed_ms: Math.round(pausedAtMs - sinceMs) }),
    };
  };
  const tell = (): void => {
    const captions = of('captions');
    const change = {
      recording: of('recording'),
      transcription: of('transcription'),
      captions: captions.phase === 'on' && isLate ? { ...captions, late: true } : captions,
      scribe: scribeUserId,
      consent: jobs.has('recording') || jobs.has('transcription') ? consent() : undefined,
    };
    told = JSON.stringify(change);
    setMetadata(livekitRoom, change).catch((error: unknown) => complain('room metadata', error));
  };
  return {
    failed,
    of,
    tell,
    setLate: (late) => {
      if (late === isLate) return;
      isLate = late;
      tell();
    },
    seen: (text) => {
      if (told !== undefined && jobs.size > 0 && ourPartOf(text) !== told) tell();
    },
  };
}
