import { LockKeyhole } from 'lucide-react';
import { useCallback, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import type { RoomSummary } from '../../store/model.ts';
import { useAppSelector } from '../../store/store.ts';
import { Banner, Spinner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';
import { CallBanner } from '../call/CallBanner.tsx';
import { Timeline } from '../timeline/Timeline.tsx';
import { Composer } from './Composer.tsx';
import { Replaced } from './Replaced.tsx';
import { RoomHeader } from './RoomHeader.tsx';
import { useMarkRead } from './use-mark-read.ts';

/** A room one is in: header, who is in its call, messages, and the line to write in. */
export function JoinedRoom(props: { readonly room: RoomSummary; readonly onShowCall: () => void }) {
  const { t } = useTranslation();
  const { actions, encryption, transports } = useAccount();
  const { room } = props;
  const timeline = useAppSelector((state) => state.rooms.timelines[room.id]);
  const phase = useAppSelector((state) => state.session.encryption);
  const { id: roomId } = room;
  useMarkRead(room);

  const callRunning = room.call !== undefined;
  useEffect(() => {
    // Whoever looks at a room with a call may be about to join it. A failure is the widget's to show, when it asks.
    if (callRunning) transports.get().catch(() => undefined);
  }, [transports, callRunning]);

  const older = useCallback(() => actions.loadOlder(roomId), [actions, roomId]);
  const limited = room.encrypted && phase === 'limited';
  return (
    <main className="room" aria-label={room.name}>
      <RoomHeader room={room} />
      {room.successor !== undefined && <Replaced successor={room.successor} />}
      <CallBanner room={room} onShowCall={props.onShowCall} />
      {limited && (
        <Banner
          tone="warning"
          action={
            <Button small onPress={() => encryption.askAgain()}>
              {t('room.enterKey')}
            </Button>
          }
        >
          {t('room.limited')}
        </Banner>
      )}
      {timeline === undefined ? (
        <div className="room-waiting">
          <Spinner label={t('common.loading')} />
        </div>
      ) : (
        <Timeline
          roomId={roomId}
          items={timeline.items}
          label={t('timeline.label')}
          firstUnreadKey={timeline.firstUnreadKey}
          inThread={false}
          onOlder={timeline.more ? older : undefined}
          head={
            timeline.more ? undefined : (
              <div className="room-begin">
                <h2>{t('room.begin', { name: room.name })}</h2>
                {room.encrypted && (
                  <p>
                    <LockKeyhole size={14} aria-hidden="true" />
                    {t('room.beginEncrypted')}
                  </p>
                )}
                {limited && <p data-testid="empty-history">{t('room.emptyHistory')}</p>}
              </div>
            )
          }
        />
      )}
      {timeline?.canSend === false ? (
        <p className="room-readonly">{t('room.cannotSend')}</p>
      ) : (
        <Composer roomId={roomId} threadId={undefined} placeholder={t('composer.placeholder', { name: room.name })} />
      )}
    </main>
  );
}
