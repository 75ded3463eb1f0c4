import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { createAttachmentCipher, encryptedFileSchema, noticeMessage, sizeText, textsFor } from '../publishing/index.ts';
import { keptPath } from './files.ts';
import type { Context } from './results.ts';

/** Says where a kept file is and how it is opened (open-kept.ts). */
export const keptSchema = z.object({ id: z.uuid(), bytes: z.number(), file: encryptedFileSchema });
/** Content block of a notice about a file that stayed on the server; its key travels only here. */
export const KEPT_BLOCK = 'app.palabre.kept';

/** Larger than the homeserver takes: stays in storage, encrypted, and the room is told where and why. */
export async function keepTooLarge(
  { deps, run, voice, job, patience }: Context,
  path: string,
  bytes: number,
): Promise<void> {
  // Known before anything is written: what a crash leaves is written over, not left for ever.
  const id = await voice.once(`${job.id}:kept:id`, z.uuid(), () => Promise.resolve(randomUUID()));
  await deps.store.addKept({ id, roomId: run.roomId, runId: run.id, jobId: job.id, createdMs: deps.now() });
  const kept = await voice.once(`${job.id}:kept`, keptSchema, async () => {
    const target = keptPath(deps.places.filesDir, id);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const cipher = createAttachmentCipher();
    await pipeline(createReadStream(path), cipher.stream, createWriteStream(target, { mode: 0o600, flush: true }), {
      signal: patience.signal,
    });
    return { id, bytes, file: cipher.file(`palabre-kept:${id}`) };
  });
  const limit = sizeText(deps.places.uploadLimitBytes, deps.language);
  const text = textsFor(deps.language).recordingKept(sizeText(bytes, deps.language), limit, kept.id);
  await voice.post(`${job.id}:kept:notice`, (root) => ({
    ...noticeMessage(text, { meeting_id: run.meetingId, level: 'warning', code: 'recording_kept' }, root),
    [KEPT_BLOCK]: kept,
  }));
}
