import type { MatrixEvent } from 'matrix-js-sdk';

const noted = new WeakMap<MatrixEvent, string>();

/** Remembers in which thread an event stands: its redaction takes away the relation that says so. */
export function noteThread(event: MatrixEvent): void {
  const root = relationTo(event);
  if (root !== undefined) noted.set(event, root);
}

/**
 * The thread an event answers in, or stood in before it was redacted here.
 * @returns undefined for what belongs to the room's own timeline
 */
export function threadOf(event: MatrixEvent): string | undefined {
  return relationTo(event) ?? noted.get(event);
}

function relationTo(event: MatrixEvent): string | undefined {
  const relation = event.getRelation();
  return relation?.rel_type === 'm.thread' && typeof relation.event_id === 'string' ? relation.event_id : undefined;
}
