import { open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { KEPT_BLOCK, keptSchema } from '@palabre/protocol';
import * as z from 'zod';
import { createFolderFiles } from '../storage/index.ts';
import { keptName } from './downloads.ts';
import { unseal } from './sealing.ts';

/**
 * Opens a recording without the messenger: `npm run open-kept -- FILES_FOLDER RECORDING.MP4 < message.json`. The message is the
 * one about it as somebody in the room sees it ("view source", decrypted): its key is nowhere else. docs/kept-recordings.md
 */

const blockSchema = z.object({ [KEPT_BLOCK]: keptSchema });
const messageSchema = z.union([blockSchema, z.object({ content: blockSchema }).transform(({ content }) => content)]);

/**
 * @param message source of the notice, or its content
 * @param target file to write; must not exist
 */
export async function openKept(filesDir: string, message: unknown, target: string): Promise<void> {
  const kept = messageSchema.parse(message)[KEPT_BLOCK];
  // A file that was there before stays.
  const output = await open(target, 'wx', 0o600);
  try {
    const sealed = await createFolderFiles(filesDir).read(keptName(kept.id));
    await pipeline(unseal(kept, sealed as AsyncIterable<Uint8Array>), output.createWriteStream());
  } catch (error) {
    await output.close().catch(() => undefined);
    await rm(target, { force: true });
    throw error;
  }
}

if (import.meta.main) {
  const [filesDir, target] = process.argv.slice(2);
  try {
    if (filesDir === undefined || target === undefined) {
      throw new Error('usage: npm run open-kept -- FILES_FOLDER RECORDING.MP4 < message.json');
    }
    await openKept(filesDir, JSON.parse(await text(process.stdin)), target);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
