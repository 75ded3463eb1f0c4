import { RESULT_BLOCK, resultBlockSchema } from '@palabre/protocol';
import type { ResultBlock } from '@palabre/protocol';
import type { RoomReader, ReadEvent } from './reader.ts';

/** A message of Palabre in the room, with its machine-readable block. */
export interface Result<Kind extends ResultBlock['kind'] = ResultBlock['kind']> {
  readonly eventId: string;
  readonly sender: string;
  readonly body: string;
  readonly block: Extract<ResultBlock, { kind: Kind }>;
  readonly content: Readonly<Record<string, unknown>>;
  readonly threadRoot: string | undefined;
  readonly encrypted: boolean;
}

function resultOf(event: ReadEvent): Result | undefined {
  const replaced = event.content['m.new_content'] as Readonly<Record<string, unknown>> | undefined;
  const content = replaced ?? event.content;
  if (content[RESULT_BLOCK] === undefined) return undefined;
  const { relation } = event;
  return {
    eventId: relation?.rel_type === 'm.replace' ? (relation.event_id ?? event.eventId) : event.eventId,
    sender: event.sender,
    body: String(content['body']),
    block: resultBlockSchema.parse(content[RESULT_BLOCK]),
    content,
    threadRoot: relation?.rel_type === 'm.thread' ? relation.event_id : undefined,
    encrypted: event.encrypted,
  };
}

/** Everything Palabre has posted in the room, in order; of an edited message only its newest form. */
export async function resultsIn(reader: RoomReader): Promise<readonly Result[]> {
  const results = new Map<string, Result>();
  for (const event of await reader.events()) {
    const result = resultOf(event);
    if (result === undefined) continue;
    const first = results.get(result.eventId);
    results.set(result.eventId, first === undefined ? result : { ...result, threadRoot: first.threadRoot });
  }
  return [...results.values()];
}

export function ofKind<Kind extends ResultBlock['kind']>(
  results: readonly Result[],
  kind: Kind,
): readonly Result<Kind>[] {
  // The block's kind decides its type.
  return results.filter((result) => result.block.kind === kind) as unknown as readonly Result<Kind>[];
}

/** Waits until the room holds what `wanted` looks for. @throws with what came instead */
export async function waitForResults<T>(
  reader: RoomReader,
  wanted: (results: readonly Result[]) => T | undefined,
  timeoutMs: number,
  lookEveryMs = 300,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const results = await resultsIn(reader);
    const found = wanted(results);
    if (found !== undefined) return found;
    if (Date.now() > deadline) {
      const seen = results.map((result) => `${result.block.kind} ${JSON.stringify(result.block).slice(0, 300)}`);
      throw new Error(`not posted within ${String(timeoutMs)} ms; in the room:\n${seen.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
