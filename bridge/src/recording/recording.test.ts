import {
  appendFileSync,
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createSealer, newMeetingKey } from '../scribe/sealing.ts';
import { createChunkWriter, readChunks } from './chunk-file.ts';
import { createMixdown, MIX_SAMPLE_RATE } from './mixdown.ts';
import { createRemuxer, type StoredSegment, type StoredStream } from './remux.ts';
import { folderPrefix, sweepWorkFolders } from './work-folder.ts';

const dir = mkdtempSync(join(tmpdir(), 'palabre-recording-'));
afterAll(() => rmSync(dir, { recursive: true }));

async function contents(path: string, context: string, sealer: ReturnType<typeof createSealer>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readChunks(path, context, sealer)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('chunk files', () => {
  const sealer = createSealer(newMeetingKey());

  test('give back what was appended, and hold none of it in the clear', async () => {
    const path = join(dir, 'nested', 'whole');
    const writer = await createChunkWriter(path, 'segment', sealer);
    await Promise.all(['one ', 'two ', 'three'].map((text) => writer.append(Buffer.from(text))));
    await writer.close();
    expect(await contents(path, 'segment', sealer)).toBe('one two three');
    expect(readFileSync(path).includes('three')).toBe(false);
  });

  test('a torn end costs only the torn chunk', async () => {
    const path = join(dir, 'torn');
    const writer = await createChunkWriter(path, 'segment', sealer);
    await writer.append(Buffer.from('kept'));
    await writer.append(Buffer.from('lost'));
    await writer.close();
    truncateSync(path, readFileSync(path).length - 3);
    expect(await contents(path, 'segment', sealer)).toBe('kept');
  });

  test('a chunk in the middle that cannot be read keeps what was before it', async () => {
    const path = join(dir, 'damaged');
    const writer = await createChunkWriter(path, 'segment', sealer);
    for (const text of ['kept', 'lost', 'gone']) await writer.append(Buffer.from(text));
    await writer.close();
    const bytes = readFileSync(path);
    bytes[bytes.length / 2] = 0xff ^ (bytes[bytes.length / 2] ?? 0);
    writeFileSync(path, bytes);
    expect(await contents(path, 'segment', sealer)).toBe('kept');
  });

  test('after a chunk that could not be written none is taken, and the end says so', async () => {
    const path = join(dir, 'failing');
    let full = false;
    const writer = await createChunkWriter(path, 'segment', {
      ...sealer,
      seal: (plain, context) => {
        if (full) throw new Error('no space');
        return sealer.seal(plain, context);
      },
    });
    await writer.append(Buffer.from('kept'));
    full = true;
    await expect(writer.append(Buffer.from('lost'))).rejects.toThrow('no space');
    full = false;
    await expect(writer.append(Buffer.from('too late'))).rejects.toThrow('no space');
    await expect(writer.close()).rejects.toThrow('no space');
    expect(await contents(path, 'segment', sealer)).toBe('kept');
  });

  test('chunks of another segment, key or place are not given', async () => {
    const path = join(dir, 'guarded');
    const writer = await createChunkWriter(path, 'segment', sealer);
    await writer.append(Buffer.from('secret'));
    await writer.close();
    expect(await contents(path, 'other', sealer)).toBe('');
    expect(await contents(path, 'segment', createSealer(newMeetingKey()))).toBe('');
    appendFileSync(path, readFileSync(path));
    expect(await contents(path, 'segment', sealer)).toBe('secret');
  });
});

describe('remuxer', () => {
  const sealer = createSealer(newMeetingKey());
  const never = new AbortController().signal;
  let programs = 0;

  /** An ffmpeg that runs `script` in the work folder. */
  function remuxer(script: string, user?: { readonly uid: number; readonly gid: number }) {
    programs += 1;
    const ffmpeg = join(dir, `ffmpeg-${programs}`);
    writeFileSync(ffmpeg, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return createRemuxer({ ffmpeg, user });
  }

  async function segment(name: string, startedMs: number): Promise<StoredSegment & { picture: StoredStream }> {
    const path = join(dir, name);
    const writer = await createChunkWriter(path, name, sealer);
    for (const text of [`${name}-1 `, `${name}-2 `]) await writer.append(Buffer.from(text));
    await writer.close();
    return {
      picture: { path, context: name, bytes: readFileSync(path).length },
      sound: undefined,
      startedMs,
      soundStartedMs: startedMs,
      pictureDelayMs: undefined,
      untilMs: startedMs + 2000.5,
    };
  }
  const concatenate = 'cat picture-*.mkv > recording.mp4; echo out_time_us=4000000';

  test('puts segments together and leaves nothing readable behind', async () => {
    const segments = [await segment('first', 0), await segment('second', 5000)];
    const finished = await remuxer(concatenate).finish(segments, sealer, {
      soundOnly: false,
      memoryOnly: false,
      signal: never,
    });
    expect(readFileSync(finished.path, 'utf8')).toBe('first-1 first-2 second-1 second-2 ');
    expect(finished).toMatchObject({ startedMs: 0, durationMs: 4000, lost: [] });
    expect(readdirSync(join(finished.path, '..')).toSorted()).toEqual(['list.txt', 'poster.jpg', 'recording.mp4']);
    await finished.dispose();
    expect(existsSync(join(finished.path, '..'))).toBe(false);
  });

  test('a torn segment keeps its beginning and names the rest; an unreadable one is left out', async () => {
    const [unreadable, torn, whole] = [await segment('a', 0), await segment('b', 5000), await segment('c', 9000)];
    truncateSync(unreadable.picture.path, 3);
    truncateSync(torn.picture.path, torn.picture.bytes - 3);
    const finished = await remuxer(concatenate).finish([unreadable, torn, whole], sealer, {
      soundOnly: false,
      memoryOnly: false,
      signal: never,
    });
    expect(readFileSync(finished.path, 'utf8')).toBe('b-1 c-1 c-2 ');
    expect(finished.startedMs).toBe(5000);
    expect(finished.lost).toEqual([
      { startMs: 0, endMs: 2000.5 },
      { startMs: 6000.25, endMs: 7000.5 },
    ]);
    await finished.dispose();
  });

  test('a segment that ffmpeg cannot use costs itself alone', async () => {
    const segments = [await segment('d', 0), await segment('bad', 5000), await segment('e', 9000)];
    const choosy = `case "$*" in *-f\\ null*) ! grep -q bad "$(echo "$*" | grep -o 'picture-.[.]mkv')"; exit;; esac
      for file in $(grep -o 'picture-.[.]mkv' list.txt); do cat $file; done > recording.mp4`;
    const finished = await remuxer(choosy).finish(segments, sealer, {
      soundOnly: false,
      memoryOnly: false,
      signal: never,
    });
    expect(readFileSync(finished.path, 'utf8')).toBe('d-1 d-2 e-1 e-2 ');
    expect(finished.lost).toEqual([{ startMs: 5000, endMs: 7000.5 }]);
    await finished.dispose();
  });

  test('a file with picture and sound is taken apart, up to where it counts', async () => {
    const page = await segment('page', 5000);
    const { picture: whole, ...rest } = await segment('whole', 0);
    const nothing = { ...rest, picture: undefined, whole, startedMs: 4000, soundStartedMs: 4000, untilMs: 4000 };
    const calls = join(dir, 'calls');
    const script = `for last; do :; done; echo "$*" >> ${calls}
      case "$*" in
        *matroska*) cp whole-0.mp4 "$last";;
        *adts*) echo sound > "$last";;
        *concat*) cat picture-*.mkv sound-*.aac > recording.mp4; echo out_time_us=4000000;;
      esac`;
    const segments = [{ ...rest, picture: undefined, whole }, nothing, page];
    const finished = await remuxer(script).finish(segments, sealer, {
      soundOnly: false,
      memoryOnly: false,
      signal: never,
    });
    expect(readFileSync(finished.path, 'utf8')).toBe('whole-1 whole-2 page-1 page-2 sound\n');
    expect(readFileSync(join(finished.path, '..', 'list.txt'), 'utf8')).toContain(
      "file 'picture-0.mkv'\nduration 5.000",
    );
    // In time with each other: the sound is not put later, as that of the page is.
    expect(readFileSync(calls, 'utf8')).toContain('adelay=0');
    expect(readFileSync(calls, 'utf8').match(/-t 2[.]001/g)).toHaveLength(2);
    expect(finished.lost).toEqual([]);
    expect(readdirSync(join(finished.path, '..')).toSorted()).toEqual(['list.txt', 'poster.jpg', 'recording.mp4']);
    await finished.dispose();
  });

  test('what ffmpeg says of a full disk is told apart from a recording it cannot use', async () => {
    const segments = [await segment('space', 0)];
    const full = remuxer('echo "av_write_frame: No space left on device" >&2; exit 1');
    await expect(
      full.finish(segments, sealer, { soundOnly: false, memoryOnly: false, signal: never }),
    ).rejects.toMatchObject({ name: 'NoRoomToFinish' });
    await expect(
      remuxer('exit 1').finish(segments, sealer, { soundOnly: false, memoryOnly: false, signal: never }),
    ).rejects.toMatchObject({
      name: 'RemuxFailed',
    });
    const huge = [{ ...segments[0], picture: { path: '', context: '', bytes: 1e18 } } as StoredSegment];
    await expect(
      full.finish(huge, sealer, { soundOnly: false, memoryOnly: true, signal: never }),
    ).rejects.toMatchObject({
      name: 'NoRoomToFinish',
      forGood: true,
    });
  });

  test('as root, ffmpeg runs under another account and cannot put a link in the place of what root reads', async () => {
    // Others have no account to give anything to.
    if (process.getuid?.() !== 0) return;
    const secret = join(dir, 'secret');
    writeFileSync(secret, 'of root alone', { mode: 0o600 });
    chmodSync(dir, 0o755);
    const hostile = `ln -sf ${secret} recording.mp4; ln -sf ${secret} list.txt; cat picture-0.mkv > recording.mp4`;
    const finished = await remuxer(hostile, { uid: 65_534, gid: 65_534 }).finish([await segment('mine', 0)], sealer, {
      soundOnly: false,
      memoryOnly: false,
      signal: never,
    });
    expect(readFileSync(finished.path, 'utf8')).toBe('mine-1 mine-2 ');
    expect(lstatSync(finished.path)).toMatchObject({ uid: 65_534, nlink: 1 });
    expect(lstatSync(join(finished.path, '..')).uid).toBe(0);
    await finished.dispose();
    expect(existsSync(join(finished.path, '..'))).toBe(false);
  });

  test('one at a time, and an end of the bridge ends the one that runs and those that wait', async () => {
    const segments = [await segment('abort', 0)];
    const closing = new AbortController();
    const started = join(dir, 'started');
    const hanging = remuxer(`echo x >> ${started}; exec sleep 60`);
    const running = hanging.finish(segments, sealer, { soundOnly: false, memoryOnly: false, signal: closing.signal });
    const waiting = hanging.finish(segments, sealer, { soundOnly: false, memoryOnly: false, signal: closing.signal });
    // The shell makes the file first and writes a moment later.
    while (!existsSync(started) || readFileSync(started, 'utf8') === '')
      await new Promise((resolve) => setTimeout(resolve, 5));
    closing.abort();
    await expect(running).rejects.toThrow();
    await expect(waiting).rejects.toThrow();
    expect(readFileSync(started, 'utf8')).toBe('x\n');
  });

  test('folders of dead processes are swept, those of living ones and of others are not', async () => {
    const place = mkdtempSync(join(dir, 'place-'));
    const mine = `${folderPrefix('scribe')}aaaaaa`;
    for (const name of [
      mine,
      `palabre-remux-${process.pid}-1-bbbbbb`,
      'palabre-remux-4194305-7-cccccc',
      'palabre-scribe-4194305-7-dddddd',
      'other-1-1-x',
    ]) {
      mkdirSync(join(place, name));
      writeFileSync(join(place, name, 'recording.mp4'), 'readable');
    }
    await sweepWorkFolders([4_000_000_000], [place]);
    expect(readdirSync(place)).toHaveLength(5);
    await sweepWorkFolders([process.getuid?.() ?? 0], [place]);
    expect(readdirSync(place).toSorted()).toEqual(['other-1-1-x', mine]);
  });
});

describe('mixdown', () => {
  const at = (samples: Int16Array, ms: number): number | undefined => samples[(ms * MIX_SAMPLE_RATE) / 1000];

  test('puts every sound at its moment and adds what is simultaneous', () => {
    const mixdown = createMixdown(1000);
    const second = (level: number) => new Int16Array(MIX_SAMPLE_RATE).fill(level);
    mixdown.add(second(100), 1000);
    mixdown.add(second(30), 1500);
    const out = mixdown.take(3000);
    expect(out.length).toBe(2 * MIX_SAMPLE_RATE);
    expect([at(out, 0), at(out, 499), at(out, 500), at(out, 999), at(out, 1000), at(out, 1500)]).toEqual([
      100, 100, 130, 130, 30, 0,
    ]);
  });

  test('does not overflow, forgets what came too late, and goes on where it was', () => {
    const mixdown = createMixdown(0);
    mixdown.add(Int16Array.of(30_000, -30_000), 0);
    mixdown.add(Int16Array.of(30_000, -30_000), 0);
    expect([...mixdown.take(10).subarray(0, 3)]).toEqual([32_767, -32_768, 0]);
    mixdown.add(Int16Array.of(7, 7), 5);
    mixdown.add(Int16Array.of(9), 10);
    expect(mixdown.take(11)[0]).toBe(9);
    expect(mixdown.take(11)).toHaveLength(0);
  });
});
