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
  /** The metadata as clients see it: told again when the SFU lost the room and its metadata with it. */
  readonly seen: (text: string) => void;
}

export function createPhases(
  { setMetadata }: RunDeps,
  { livekitRoom }: RunFacts,
  jobs: ReadonlyMap<What, LiveJob>,
  complain: Patience['complain'],
): Phases {
  const failed = new Set<What>();
  let told = '';

  const of = (what: What): RoomMetadata[What] => {
    const job = jobs.get(what);
    if (job === undefined) return { phase: failed.has(what) ? 'failed' : 'off' };
    return { phase: job.phase, ...(job.sinceMs === undefined ? {} : { since_ms: job.sinceMs }) };
  };
  const tell = (): void => {
    const metadata: RoomMetadata = { v: 1, recording: of('recording'), transcription: of('transcription') };
    told = JSON.stringify(metadata);
    setMetadata(livekitRoom, metadata).catch((error: unknown) => complain('room metadata', error));
  };
  return {
    failed,
    tell,
    seen: (text) => {
      if (told !== '' && text !== told && jobs.size > 0) tell();
    },
  };
}
