import { EventType } from 'matrix-js-sdk';
import type { MatrixClient } from 'matrix-js-sdk';

/** Is the room a direct message, as this person's clients have noted it (spec: m.direct)? */
export function isDirect(client: Pick<MatrixClient, 'getAccountData'>, roomId: string): boolean {
  const content: Readonly<Record<string, unknown>> = client.getAccountData(EventType.Direct)?.getContent() ?? {};
  return Object.values(content).some((rooms) => Array.isArray(rooms) && rooms.includes(roomId));
}
