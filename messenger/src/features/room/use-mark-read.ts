import { useEffect } from 'react';
import { useAccount } from '../../app/context.ts';
import type { RoomSummary } from '../../store/model.ts';

const AGAIN_MS = 1_000;

/** Everything said in a room, its threads included, is read while the room is on the screen of whoever uses this window. */
export function useMarkRead(room: Pick<RoomSummary, 'id' | 'unread' | 'notifications' | 'lastMs'>): void {
  const { actions } = useAccount();
  const { id: roomId, lastMs } = room;
  const unread = room.unread || room.notifications > 0;
  useEffect(() => {
    if (!unread) return undefined;
    const look = (): void => {
      // Whoever cannot see the window has read nothing. A lost receipt is sent with the next message.
      if (document.visibilityState === 'visible' && document.hasFocus())
        actions.markRead(roomId).catch(() => undefined);
    };
    look();
    // No event tells when the focus comes from another window straight into the frame of a call.
    const timer = setInterval(look, AGAIN_MS);
    document.addEventListener('visibilitychange', look);
    window.addEventListener('focus', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      window.removeEventListener('focus', look);
    };
  }, [actions, roomId, lastMs, unread]);
}
