import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createFakeWorld } from './fake-world.ts';

/**
 * A recording on a disk that becomes full, has space again, and becomes full for good. Played by full-disk.test.ts as a process of its
 * own, because a limit to the size of files is one of the process: as on a full disk, the kernel takes what still fits and refuses the
 * rest. Gives what came of it as JSON. Argument: address of an empty database.
 */
const [database = ''] = process.argv.slice(2);
const world = await createFakeWorld(database);
const CHUNK_BYTES = 10_000;

const filesMayHave = (bytes: number | 'unlimited'): void =>
  void execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);

/** A chunk of the film, as the recorder page hands it over: it gives up when one is refused. @returns why */
async function draw(letter: string): Promise<unknown> {
  await world.recordingOn();
  const child = await world.drawing();
  const recorders = child.recorders();
  try {
    await child.parent.chunk('picture', Buffer.alloc(CHUNK_BYTES, letter));
    return undefined;
  } catch (error) {
    await child.parent.recorderLost('chunk_refused');
    const isOver = (): boolean => world.phases()?.recording.phase !== 'on';
    await world.until(() => child.recorders() > recorders || isOver(), 'the recorder is replaced');
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

await world.command('start', 'recording');
await draw('a');
filesMayHave(CHUNK_BYTES / 2);
const refusal = await draw('b');
filesMayHave('unlimited');
await draw('c');
filesMayHave(CHUNK_BYTES / 2);
while (!world.notices().includes('recorder_failed')) {
  if (world.phases()?.recording.phase === 'on') await draw('d');
  else await sleep(10);
}
await world.until(() => world.lines.some((line) => line.includes('posting is tried again')), 'it cannot be posted yet');
const uploadedWhileFull = world.home.uploads.length;
filesMayHave('unlimited');
await world.scribeLeft();

const films = world.home.uploads.map(String).filter((text) => text.length >= CHUNK_BYTES);
const gaps = world.blocks().flatMap((block) => (block.kind === 'recording' ? block.gaps : []));
process.stdout.write(
  JSON.stringify({
    refusal,
    uploadedWhileFull,
    films: films.map((film) => film.replaceAll(/(.)\1*/g, (same, letter: string) => `${letter}${same.length}`)),
    gaps: [...new Set(gaps.map(({ reason }) => reason))],
    notices: world.notices(),
  }),
);
await world.close();
