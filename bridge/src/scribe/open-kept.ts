import { createDecipheriv, createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { KEPT_BLOCK, keptSchema } from './kept.ts';
import { keptPath } from './files.ts';

/**
 * Opens a recording that was too large to be posted: `npm run open-kept -- FILES_FOLDER RECORDING.MP4 < message.json`. The message is the
 * notice about it as somebody in the room sees it ("view source", decrypted): its key is nowhere else. docs/kept-recordings.md
 */

const blockSchema = z.object({ [KEPT_BLOCK]: keptSchema });
const messageSchema = z.union([blockSchema, z.object({ content: blockSchema }).transform(({ content }) => content)]);

/**
 * @param message source of the notice, or its content
 * @param target file to write; must not exist
 */
export async function openKept(filesDir: string, message: unknown, target: string): Promise<void> {
  const { id, file } = messageSchema.parse(message)[KEPT_BLOCK];
  const key = Buffer.from(file.key.k, 'base64url');
  const decipher = createDecipheriv('aes-256-ctr', key, Buffer.from(file.iv, 'base64'));
  const hash = createHash('sha256');
  const source = createReadStream(keptPath(filesDir, id));
  source.on('data', (data) => hash.update(data));
  await pipeline(source, decipher, createWriteStream(target, { flags: 'wx', mode: 0o600 }));
  if (hash.digest('base64').replace(/=+$/, '') === file.hashes.sha256) return;
  await rm(target);
  throw new Error('the file is not the one of this message, or is damaged');
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
