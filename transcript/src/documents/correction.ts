import { TRANSCRIPT_CORRECTION, transcriptCorrectionSchema } from '@palabre/protocol';
import type { TranscriptCorrection } from '@palabre/protocol';
import type { BlockOrigin } from './block.ts';

/**
 * The correction of a transcript that a message carries. In an encrypted room it counts only when it came encrypted: a homeserver
 * could write others in people's names.
 * @returns undefined when there is none, or it is malformed; who sent it is not looked at here
 */
export function readCorrection(
  origin: Pick<BlockOrigin, 'encrypted' | 'roomEncrypted'>,
  content: unknown,
): TranscriptCorrection | undefined {
  if (origin.roomEncrypted && !origin.encrypted) return undefined;
  if (typeof content !== 'object' || content === null || !Object.hasOwn(content, TRANSCRIPT_CORRECTION))
    return undefined;
  return transcriptCorrectionSchema.safeParse((content as Record<string, unknown>)[TRANSCRIPT_CORRECTION]).data;
}
