import { useTranslation } from 'react-i18next';
import { call } from '../../store/slices.ts';
import { useAppDispatch, useAppSelector } from '../../store/store.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { useOpenCall } from './use-open-call.ts';

/** Calls that have just begun in other rooms; the one in view says so itself. */
export function RingStack(props: { readonly viewedRoomId: string | undefined }) {
  const { t } = useTranslation();
  const dispatch = useAppDispatch();
  const rings = useAppSelector((state) => state.call.rings);
  const byId = useAppSelector((state) => state.rooms.byId);
  const openCall = useOpenCall();
  return (
    <div className="ring-stack" aria-live="assertive">
      {rings
        .filter((ring) => ring.roomId !== props.viewedRoomId)
        .map((ring) => (
          <div key={ring.eventId} className="ring" data-testid="incoming-call">
            <Avatar id={ring.caller.userId} name={ring.caller.name} mxc={ring.caller.avatarMxc} />
            <p>{t('call.ring', { name: ring.caller.name, room: byId[ring.roomId]?.name ?? '' })}</p>
            <Button small onPress={() => dispatch(call.actions.silenced(ring.roomId))}>
              {t('call.dismiss')}
            </Button>
            <Button small tone="primary" onPress={() => openCall(ring.roomId)}>
              {t('call.join')}
            </Button>
          </div>
        ))}
    </div>
  );
}
