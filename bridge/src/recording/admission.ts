import { mkdir, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';

/** Whether the machine can take on another recording: better none than all of them with pictures missing. */
export interface Admission {
  /**
   * Takes a place for one recording.
   * @param heavy it draws a picture, in a browser of its own
   * @param memoryOnly its film may be put together in memory only
   * @returns undefined when there is no capacity; otherwise gives the place back
   */
  enter(heavy: boolean, memoryOnly?: boolean): Promise<(() => void) | undefined>;
  /** For a recording that runs already, as a former process left it. @returns gives the place back */
  take(): () => void;
}

export interface AdmissionRules {
  /** Recordings at once; undefined: as many as the processors can draw. */
  readonly atOnce: number | undefined;
}

/** What is measured at the moment of asking; a container has less than its machine. */
export interface Machine {
  readonly cores: number;
  freeMemoryBytes(): number;
  freeDiskBytes(): Promise<number>;
  /** How much of one recording can be put together without the disk (remux.ts). */
  readonly mostInMemoryBytes: number;
}

/** A 720p recording of two cameras takes less than half a core; calls, speech and the homeserver want the rest. */
const CORES_EACH = 0.5;
/** A browser with the child that drives it, without the pages that browsers share; an hour at 720p, and the film made of it. */
const HEAVY = { memoryBytes: 500_000_000, diskBytes: 2_000_000_000, tenMinutesBytes: 145_000_000 };
/** Sound only. */
const LIGHT = { memoryBytes: 150_000_000, diskBytes: 100_000_000, tenMinutesBytes: 8_000_000 };

export function thisMachine(filesDir: string, mostInMemoryBytes: number): Machine {
  return {
    mostInMemoryBytes,
    cores: availableParallelism(),
    freeMemoryBytes: () => process.availableMemory(),
    freeDiskBytes: async () => {
      await mkdir(filesDir, { recursive: true, mode: 0o700 });
      const { bavail, bsize } = await statfs(filesDir);
      return bavail * bsize;
    },
  };
}

export function createAdmission({ atOnce }: AdmissionRules, machine: Machine): Admission {
  const most = atOnce ?? Math.max(1, Math.floor(machine.cores / CORES_EACH));
  let inside = 0;
  const take = (): (() => void) => {
    inside += 1;
    let left = false;
    return () => {
      if (!left) inside -= 1;
      left = true;
    };
  };
  return {
    take,
    enter: async (heavy, memoryOnly = false) => {
      const wanted = heavy ? HEAVY : LIGHT;
      if (inside >= most) return undefined;
      // One that had to be stopped at once is none. What others put together just now is given back.
      if (memoryOnly && machine.mostInMemoryBytes < wanted.tenMinutesBytes) return undefined;
      // Counted before anything is waited for: two that ask at once do not both get the last place.
      const leave = take();
      try {
        const [memory, disk] = [machine.freeMemoryBytes(), await machine.freeDiskBytes()];
        if (memory > wanted.memoryBytes && disk > wanted.diskBytes) return leave;
      } catch (error) {
        leave();
        throw error;
      }
      leave();
      return undefined;
    },
  };
}
