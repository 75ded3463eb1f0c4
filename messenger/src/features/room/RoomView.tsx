import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { useAppSelector } from '../../store/store.ts';
import { JoinedRoom } from './JoinedRoom.tsx';
import { Invitation } from './Invitation.tsx';
import './room.css';

/** The middle of the window: a room, an invitation, or a word on what to do. */
export function RoomView(props: { readonly roomId: string | undefined; readonly onShowCall: () => void }) {
  const { t } = useTranslation();
  const { observer } = useAccount();
  const { roomId } = props;
  const room = useAppSelector((state) => (roomId === undefined ? undefined : state.rooms.byId[roomId]));
  const membership = room?.membership;
  useEffect(
    () => (roomId === undefined || membership !== 'join' ? undefined : observer.watchRoom(roomId)),
    [observer, roomId, membership],
  );
  if (roomId === undefined || room === undefined) {
    return (
      <main className="room room-nothing">
        <img src="/palabre.svg" alt="" width={56} height={56} />
        <h1>{roomId === undefined ? t('rooms.pick') : t('room.missing')}</h1>
        <p>{roomId === undefined ? t('rooms.pickBody') : t('room.missingBody')}</p>
        {roomId !== undefined && (
          <a className="button" data-tone="plain" href="#/">
            {t('room.backToRooms')}
          </a>
        )}
      </main>
    );
  }
  return room.membership === 'invite' ? (
    <Invitation room={room} />
  ) : (
    <JoinedRoom room={room} onShowCall={props.onShowCall} />
  );
}
