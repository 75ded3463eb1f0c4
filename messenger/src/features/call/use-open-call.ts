import { navigate } from '../../app/route.ts';
import { call } from '../../store/slices.ts';
import { useAppDispatch, useAppSelector } from '../../store/store.ts';

/** Opens the call of a room: shows it, and starts the widget unless it is already there. */
export function useOpenCall(): (roomId: string) => void {
  const dispatch = useAppDispatch();
  const open = useAppSelector((state) => state.call.open);
  const byId = useAppSelector((state) => state.rooms.byId);
  return (roomId) => {
    navigate({ roomId, panel: undefined });
    if (open?.roomId === roomId) return;
    dispatch(call.actions.asked({ roomId, intent: byId[roomId]?.call === undefined ? 'start_call' : 'join_existing' }));
  };
}
