import { Maximize2, Minimize2, PanelRightClose, PanelRightOpen, PhoneOff, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount, useMessenger } from '../../app/context.ts';
import { effectiveTheme } from '../../app/preferences.ts';
import { navigate } from '../../app/route.ts';
import { createCallHost } from '../../host/index.ts';
import type { CallHost } from '../../host/index.ts';
import { isDirect } from '../../matrix/direct.ts';
import { call } from '../../store/slices.ts';
import type { CallWish } from '../../store/slices.ts';
import { useAppDispatch, useAppSelector } from '../../store/store.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import './call.css';

/**
 * The call widget in its frame. The frame is never moved in the page (that would reload it): beside its room or small in a corner
 * is a matter of style only, so the call goes on while one looks at other rooms.
 */
export function CallLayer(props: {
  readonly roomId: string;
  readonly intent: CallWish['intent'];
  readonly docked: boolean;
  readonly chat: boolean;
  readonly onChat: () => void;
  readonly onMinimise: () => void;
  readonly onExpand: () => void;
}) {
  const { t } = useTranslation();
  const { client, transports, calls } = useAccount();
  const { config } = useMessenger();
  const dispatch = useAppDispatch();
  const { roomId, intent } = props;
  const frame = useRef<HTMLIFrameElement>(null);
  const host = useRef<CallHost>(undefined);
  const [leaving, setLeaving] = useState(false);
  /** Left, with the widget still saying so. */
  const [over, setOver] = useState(false);
  const name = useAppSelector((state) => state.rooms.byId[roomId]?.name ?? '');
  const gone = useAppSelector((state) => state.rooms.byId[roomId]?.membership !== 'join');
  const wish = useAppSelector((state) => state.call.wish);
  const wished = useAppSelector((state) => (wish === undefined ? undefined : state.rooms.byId[wish.roomId]?.name));
  const { theme, language } = useAppSelector((state) => state.preferences);
  const initial = useRef({ theme, language });

  useEffect(() => {
    if (frame.current === null) return undefined;
    const made = createCallHost({
      client,
      transports,
      roomId,
      frame: frame.current,
      page: config.callPageUrl,
      encrypted: client.getRoom(roomId)?.hasEncryptionStateEvent() === true,
      intent,
      direct: isDirect(client, roomId),
      publishers: { watcherUserId: config.watcherUserId, scribeUserId: config.scribeUserId },
      language: initial.current.language,
      theme: effectiveTheme(initial.current.theme),
      fontScale: Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16,
      onJoined: () => {
        setOver(false);
        dispatch(call.actions.joinedChanged(true));
      },
      onLeft: () => {
        setOver(true);
        dispatch(call.actions.joinedChanged(false));
      },
      onClosed: () => dispatch(call.actions.closed(roomId)),
    });
    host.current = made;
    const remove = calls.add(made);
    return () => {
      host.current = undefined;
      remove();
      made.close();
    };
  }, [
    calls,
    client,
    config.callPageUrl,
    config.scribeUserId,
    config.watcherUserId,
    dispatch,
    intent,
    roomId,
    transports,
  ]);

  useEffect(() => {
    const tell = (): void => host.current?.setTheme(effectiveTheme(theme));
    tell();
    const query = window.matchMedia('(prefers-color-scheme: dark)');
    query.addEventListener('change', tell);
    return () => query.removeEventListener('change', tell);
  }, [theme]);
  useEffect(() => host.current?.setLanguage(language), [language]);

  // A call opens by the person's own action only, and what they want next is in it.
  useEffect(() => frame.current?.focus(), []);

  const hangUp = async (): Promise<void> => {
    setLeaving(true);
    await host.current?.hangUp();
    dispatch(call.actions.closed(roomId));
  };
  useEffect(() => {
    // Out of the room means out of its call.
    if (gone) dispatch(call.actions.closed(roomId));
  }, [gone, dispatch, roomId]);

  return (
    <section className="call-layer" data-docked={props.docked} aria-label={t('call.title', { name })}>
      <header className="call-bar">
        {props.docked ? (
          <>
            <button type="button" className="call-bar-button" onClick={props.onMinimise}>
              <Minimize2 size={16} aria-hidden="true" />
              {t('call.minimise')}
            </button>
            <span className="grow" />
            <button type="button" className="call-bar-button call-bar-chat" onClick={props.onChat}>
              {props.chat ? (
                <PanelRightClose size={16} aria-hidden="true" />
              ) : (
                <PanelRightOpen size={16} aria-hidden="true" />
              )}
              {props.chat ? t('call.hideChat') : t('call.showChat')}
            </button>
          </>
        ) : (
          <>
            <strong className="clip">{name}</strong>
            <IconButton
              label={t('call.expand')}
              icon={<Maximize2 size={18} />}
              onPress={() => {
                navigate({ roomId, panel: undefined });
                props.onExpand();
              }}
            />
            <IconButton
              label={over ? t('common.close') : t('call.hangUp')}
              icon={over ? <X size={18} /> : <PhoneOff size={18} />}
              tone={over ? 'quiet' : 'danger'}
              isDisabled={leaving}
              data-testid={over ? 'call-close' : 'call-hang-up'}
              onPress={() => void hangUp()}
            />
          </>
        )}
      </header>
      <iframe
        ref={frame}
        className="call-frame"
        title={t('call.title', { name })}
        allow="camera; microphone; display-capture; autoplay; clipboard-write; fullscreen; speaker-selection; screen-wake-lock; picture-in-picture"
        data-testid="call-frame"
        onLoad={({ currentTarget }) => {
          // The page that has come in the place of the empty one; whoever has gone on meanwhile is left there.
          if (document.activeElement === currentTarget) currentTarget.contentWindow?.focus();
        }}
      />
      {wish !== undefined && (
        <Dialog title={t('call.switchTitle')} alert onClose={() => dispatch(call.actions.wishDropped())}>
          <p>{t('call.switchBody', { name })}</p>
          <div className="dialog-actions">
            <Button onPress={() => dispatch(call.actions.wishDropped())}>{t('common.cancel')}</Button>
            <Button tone="danger" busy={leaving} aria-description={wished} onPress={() => void hangUp()}>
              {t('call.switchSubmit')}
            </Button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
