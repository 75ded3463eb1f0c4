import { RESULT_BLOCK, resultBlockSchema } from '@palabre/protocol';
import type { ResultBlock } from '@palabre/protocol';

/** The bots of our own deployment; a block from anybody else is only somebody's text. */
export interface Publishers {
  readonly watcherUserId: string;
  readonly scribeUserId: string;
}

/**
 * The machine-readable block of a message that Palabre posted.
 * @returns undefined when there is none, it is malformed, or somebody else wrote it
 */
export function readBlock(sender: string, content: unknown, publishers: Publishers): ResultBlock | undefined {
  if (sender !== publishers.watcherUserId && sender !== publishers.scribeUserId) return undefined;
  if (typeof content !== 'object' || content === null || !Object.hasOwn(content, RESULT_BLOCK)) return undefined;
  const parsed = resultBlockSchema.safeParse((content as Record<string, unknown>)[RESULT_BLOCK]);
  return parsed.success ? parsed.data : undefined;
}
