import { randomUUID } from 'node:crypto';
import { keptSchema, type RecordingBlock } from '@palabre/protocol';
import * as z from 'zod';
import { keptRecordingMessage, type Thumbnail } from '../publishing/index.ts';
import type { Context } from './results.ts';

const storedSchema = z.unknown().transform((value) => keptSchema.parse(value));

/** A finished recording and what the room is told of it. */
export interface TooLarge {
  readonly path: string;
  readonly bytes: number;
  readonly mimetype: string;
  readonly facts: Omit<RecordingBlock, 'kind'>;
  readonly thumbnail: Thumbnail | undefined;
}

/** Larger than the homeserver takes: stays in storage, sealed, and the room gets a link and the key. @returns the message's event id */
export async function keepTooLarge(
  { deps, run, voice, job, patience }: Context,
  { path, bytes, mimetype, facts, thumbnail }: TooLarge,
): Promise<string> {
  const { downloads, places } = deps;
  // Known before anything is written: what a crash leaves is written over, not left for ever.
  const id = await voice.once(`${job.id}:kept:id`, z.uuid(), () => Promise.resolve(randomUUID()));
  // What was sealed for a room that was upgraded meanwhile: its key is gone.
  for (const former of await deps.store.keptOf(job.id)) {
    if (former === id) continue;
    await downloads.remove(former);
    await deps.store.deleteKept(former);
  }
  await deps.store.addKept({ id, roomId: run.roomId, runId: run.id, jobId: job.id, createdMs: deps.now() });
  const kept = await voice.once(`${job.id}:kept`, storedSchema, () =>
    downloads.keep({ id, roomId: run.roomId, path, bytes, mimetype }, patience.signal),
  );
  const eventId = await voice.post(`${job.id}:kept:message`, (root) => {
    const room = `${places.messengerUrl}/#/room/${encodeURIComponent(run.roomId)}`;
    const link = `${room}/thread/${encodeURIComponent(root)}`;
    return keptRecordingMessage({ kept, link, thumbnail }, facts, root, deps.language);
  });
  await downloads.posted(id, run.roomId, eventId);
  return eventId;
}
