import { PalabreError } from '@palabre/protocol';
import type { Request } from 'express';
import { bearerToken } from '../operations/index.ts';

interface SessionOwner {
  readonly userId: string;
  readonly deviceId: string;
  readonly roomId: string;
}

/** Who asks under `/api/rooms/{roomId}`. @throws {PalabreError} M_UNKNOWN_TOKEN, M_FORBIDDEN */
export type Caller = (
  request: Request,
  /** Told whose session it is before the homeserver is asked about them; may refuse. */
  count?: (userId: string) => void,
) => Promise<SessionOwner>;

export interface CallerDeps {
  readonly sessionOwner: (token: string) => Promise<SessionOwner>;
  readonly isJoined: (roomId: string, userId: string) => Promise<boolean>;
}

/** Every request asks again whether the person is joined. */
export function createCaller({ sessionOwner, isJoined }: CallerDeps): Caller {
  return async (request, count) => {
    const { roomId, userId, deviceId } = await sessionOwner(bearerToken(request.headers.authorization));
    if (request.params['roomId'] !== roomId) {
      throw new PalabreError('M_FORBIDDEN', 'This session belongs to another room');
    }
    count?.(userId);
    if (!(await isJoined(roomId, userId))) {
      throw new PalabreError('M_FORBIDDEN', 'You are no longer a member of this room');
    }
    return { roomId, userId, deviceId };
  };
}
