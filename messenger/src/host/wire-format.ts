import type { MatrixEvent } from 'matrix-js-sdk';
import type { IRoomEvent } from 'matrix-widget-api';

/** The event as it would look had it not been encrypted, in wire format. */
export function wireFormat(event: MatrixEvent): IRoomEvent {
  return event.getEffectiveEvent() as unknown as IRoomEvent;
}
