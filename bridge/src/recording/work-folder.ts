import { readFileSync, statfsSync } from 'node:fs';
import { lstat, mkdtemp, readdir, readFile, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folders in which a recording lies readable while it is put together: in memory where there is room. */

/** There is not enough space to put a recording together. */
export class NoRoomToFinish extends Error {
  override readonly name = 'NoRoomToFinish';
  /** There never will be: even empty, the file system is too small. */
  readonly forGood: boolean;
  constructor(forGood: boolean, options?: ErrorOptions) {
    super('not enough space to put a recording together', options);
    this.forGood = forGood;
  }
}

const MEMORY = '/dev/shm';
/** Process id and start of the process that works there, so that its successor can tell what a dead one left. */
const NAME = /^palabre-(?:remux|scribe)-(\d+)-(\d+)-/;
const START_FIELD = 19;

// The second field is a name in parentheses that may hold anything: fields are counted after it.
function startIn(stat: string): string | undefined {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_FIELD];
}

/** Beginning of the name of a temporary folder of this process that is swept when the process has died. */
export function folderPrefix(kind: 'remux' | 'scribe'): string {
  return `palabre-${kind}-${process.pid}-${startIn(readFileSync('/proc/self/stat', 'utf8')) ?? 0}-`;
}

/** When a process started, in ticks since the machine did; undefined when there is no such process. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat === undefined ? undefined : startIn(stat);
}

/** Size of all that may hold what must not touch the disk; 0 where there is no such place. */
export function workMemoryBytes(): number {
  try {
    const { blocks, bsize } = statfsSync(MEMORY);
    return blocks * bsize;
  } catch {
    return 0;
  }
}

/**
 * @param memoryOnly what is put together must not touch the disk
 * @throws NoRoomToFinish
 */
export async function openWorkFolder(neededBytes: number, memoryOnly: boolean): Promise<string> {
  const name = folderPrefix('remux');
  let largestBytes = 0;
  for (const place of memoryOnly ? [MEMORY] : [MEMORY, tmpdir()]) {
    const space = await statfs(place).catch(() => undefined);
    if (space === undefined) continue;
    if (space.bavail * space.bsize > neededBytes) return mkdtemp(join(place, name));
    largestBytes = Math.max(largestBytes, space.blocks * space.bsize);
  }
  throw new NoRoomToFinish(largestBytes < neededBytes);
}

/**
 * Removes what killed processes left: recordings lie readable there, and browsers' profiles.
 * @param owners user ids whose folders are ours to remove
 */
export async function sweepWorkFolders(owners: readonly number[], places = [MEMORY, tmpdir()]): Promise<void> {
  for (const place of new Set(places)) {
    for (const name of await readdir(place).catch(() => [])) {
      const [, pid, started] = NAME.exec(name) ?? [];
      if (pid === undefined || (await startOf(Number(pid))) === started) continue;
      const folder = join(place, name);
      const found = await lstat(folder).catch(() => undefined);
      if (found?.isDirectory() === true && owners.includes(found.uid))
        await rm(folder, { recursive: true, force: true });
    }
  }
}
