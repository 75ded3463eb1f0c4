import { RESULT_BLOCK, resultBlockSchema } from '@palabre/protocol';
import type { ResultBlock } from '@palabre/protocol';

/** The bots of our own deployment; a block from anybody else is only somebody's text. */
export interface Publishers {
  readonly watcherUserId: string;
  readonly scribeUserId: string;
}

/** What a homeserver could otherwise write in a bot's name: the words of people, and what leads to them. */
const CONFIDENTIAL: ReadonlySet<ResultBlock['kind']> = new Set(['transcript', 'recording', 'minutes'] as const);

/** Where a block was found. */
export interface BlockOrigin {
  readonly sender: string;
  /** The event came encrypted. */
  readonly encrypted: boolean;
  readonly roomEncrypted: boolean;
}

/**
 * The machine-readable block of a message that Palabre posted. In an encrypted room, results count only when they came encrypted.
 * @returns undefined when there is none, it is malformed, or somebody else wrote it
 */
export function readBlock(origin: BlockOrigin, content: unknown, publishers: Publishers): ResultBlock | undefined {
  const { sender } = origin;
  if (sender !== publishers.watcherUserId && sender !== publishers.scribeUserId) return undefined;
  if (typeof content !== 'object' || content === null || !Object.hasOwn(content, RESULT_BLOCK)) return undefined;
  const parsed = resultBlockSchema.safeParse((content as Record<string, unknown>)[RESULT_BLOCK]);
  if (!parsed.success) return undefined;
  const believed = origin.encrypted || !origin.roomEncrypted || !CONFIDENTIAL.has(parsed.data.kind);
  return believed ? parsed.data : undefined;
}
