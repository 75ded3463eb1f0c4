import type { WasModerator } from '@palabre/transcript';
import { useCallback } from 'react';
import { useAccount } from '../../app/context.ts';

/** Asks the homeserver what people might do in a room when they sent something. */
export function useWasModerator(roomId: string): WasModerator {
  const { formerPower } = useAccount();
  return useCallback((eventId, userId) => formerPower.wasModerator(roomId, eventId, userId), [formerPower, roomId]);
}
