import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CallLayer } from '../features/call/CallLayer.tsx';
import { RingStack } from '../features/call/RingStack.tsx';
import { EncryptionDialogs } from '../features/encryption/EncryptionDialogs.tsx';
import { MembersPanel } from '../features/members/MembersPanel.tsx';
import { RoomView } from '../features/room/RoomView.tsx';
import { RoomList } from '../features/rooms/RoomList.tsx';
import { ThreadPanel } from '../features/thread/ThreadPanel.tsx';
import { useAppSelector } from '../store/store.ts';
import { Spinner } from '../ui/Banner.tsx';
import { useRoute } from './route.ts';
import type { Route } from './route.ts';
import './shell.css';

/** Loaded when somebody opens a transcript. */
const TranscriptPage = lazy(() =>
  import('../features/transcript/TranscriptPage.tsx').then((module) => ({ default: module.TranscriptPage })),
);

function viewOf({ roomId, panel }: Route): 'list' | 'room' | 'panel' | 'page' {
  if (roomId === undefined) return 'list';
  if (panel === undefined) return 'room';
  return panel.kind === 'transcript' ? 'page' : 'panel';
}

/** Room list, room, side panel and call, arranged by what the address and the window ask for. */
export function Shell() {
  const { t } = useTranslation();
  const route = useRoute();
  const open = useAppSelector((state) => state.call.open);
  const unread = useAppSelector(
    (state) => Object.values(state.rooms.byId).filter((room) => room.unread || room.membership === 'invite').length,
  );
  const [small, setSmall] = useState(false);
  const [chat, setChat] = useState(true);
  const [callRoomId, setCallRoomId] = useState(open?.roomId);
  if (callRoomId !== open?.roomId) {
    // A new call is shown large whatever was done to the last one.
    setCallRoomId(open?.roomId);
    setSmall(false);
    setChat(true);
  }
  const view = viewOf(route);
  const docked = !small && view !== 'page' && route.roomId === open?.roomId;
  const call = open === undefined ? 'none' : docked ? 'docked' : 'floating';
  const appName = t('common.appName');
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${appName}` : appName;
  }, [unread, appName]);
  return (
    <div className="shell" data-view={view} data-call={call} data-chat={chat}>
      <RoomList selectedId={route.roomId} />
      {view !== 'page' && (
        <RoomView key={`room-${route.roomId ?? ''}`} roomId={route.roomId} onShowCall={() => setSmall(false)} />
      )}
      {route.roomId !== undefined && route.panel?.kind === 'members' && (
        <MembersPanel key={`members-${route.roomId}`} roomId={route.roomId} />
      )}
      {route.roomId !== undefined && route.panel?.kind === 'thread' && (
        <ThreadPanel
          key={`thread-${route.panel.rootId}`}
          roomId={route.roomId}
          rootId={route.panel.rootId}
          eventId={route.panel.eventId}
        />
      )}
      {route.roomId !== undefined && route.panel?.kind === 'transcript' && (
        <Suspense
          fallback={
            <main className="page">
              <Spinner label={t('common.loading')} />
            </main>
          }
        >
          <TranscriptPage
            key={`transcript-${route.panel.eventId}`}
            roomId={route.roomId}
            rootId={route.panel.rootId}
            eventId={route.panel.eventId}
          />
        </Suspense>
      )}
      {open !== undefined && (
        <CallLayer
          key={`call-${open.roomId}`}
          roomId={open.roomId}
          intent={open.intent}
          docked={call === 'docked'}
          chat={chat}
          onChat={() => setChat(!chat)}
          onMinimise={() => setSmall(true)}
          onExpand={() => setSmall(false)}
        />
      )}
      <RingStack viewedRoomId={route.roomId} />
      <EncryptionDialogs />
    </div>
  );
}
