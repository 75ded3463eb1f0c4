import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createSealer, newMeetingKey } from '../scribe/sealing.ts';
import { createChunkWriter, readChunks } from './chunk-file.ts';
import { createMixdown, MIX_SAMPLE_RATE } from './mixdown.ts';

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

  test('chunks of another segment, key or place are refused', async () => {
    const path = join(dir, 'guarded');
    const writer = await createChunkWriter(path, 'segment', sealer);
    await writer.append(Buffer.from('secret'));
    await writer.close();
    await expect(contents(path, 'other', sealer)).rejects.toThrow();
    await expect(contents(path, 'segment', createSealer(newMeetingKey()))).rejects.toThrow();
    appendFileSync(path, readFileSync(path));
    await expect(contents(path, 'segment', sealer)).rejects.toThrow();
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
