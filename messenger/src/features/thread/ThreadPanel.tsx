import { offeredElsewhere } from '@palabre/transcript';
import { X } from 'lucide-react';
import { useCallback, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { navigate, replaceRoute } from '../../app/route.ts';
import { useAppSelector } from '../../store/store.ts';
import { Spinner } from '../../ui/Banner.tsx';
import { IconButton } from '../../ui/Button.tsx';
import { Composer } from '../room/Composer.tsx';
import { ChangeRow } from '../timeline/ChangeRow.tsx';
import { Message } from '../timeline/Message.tsx';
import { Timeline } from '../timeline/Timeline.tsx';
import { MissingReplies } from './MissingReplies.tsx';
import './thread.css';

/** The answers to one message, at the side of its room. */
export function ThreadPanel(props: {
  readonly roomId: string;
  readonly rootId: string;
  /** The answer to be looked at first. */
  readonly eventId: string | undefined;
}) {
  const { t } = useTranslation();
  const { observer } = useAccount();
  const { roomId, rootId } = props;
  const thread = useAppSelector((state) => state.rooms.threads[rootId]);
  const joined = useAppSelector((state) => state.rooms.byId[roomId]?.membership === 'join');
  useEffect(() => (joined ? observer.watchThread(roomId, rootId) : undefined), [observer, roomId, rootId, joined]);
  // Once it is in sight the address asks for it no more, so that it can be asked for again.
  const onTarget = useCallback(() => replaceRoute({ roomId, panel: { kind: 'thread', rootId } }), [roomId, rootId]);
  if (!joined) return null;
  const root = thread?.root;
  const all = thread?.items ?? [];
  // The readable transcript offers its files itself.
  const items = all.filter((item) => item.kind !== 'message' || !offeredElsewhere(all, item));
  return (
    <aside className="panel" aria-label={t('thread.title')} data-testid="thread-panel">
      <header className="panel-head">
        <h2>{t('thread.title')}</h2>
        <IconButton
          label={t('thread.close')}
          icon={<X size={20} />}
          onPress={() => navigate({ roomId, panel: undefined })}
        />
      </header>
      <Timeline
        roomId={roomId}
        items={items}
        label={t('thread.title')}
        inThread
        targetId={props.eventId}
        onTarget={onTarget}
        head={
          <div className="thread-root">
            {root === undefined ? (
              thread?.loading === false && !thread.failed && <p className="thread-note">{t('thread.missingRoot')}</p>
            ) : root.kind === 'change' || root.kind === 'call' ? (
              root.kind === 'change' && <ChangeRow item={root} />
            ) : (
              <Message roomId={roomId} item={root} continued={false} inThread />
            )}
            {thread?.loading !== false && (
              <p className="thread-note">
                <Spinner label={t('common.loading')} />
              </p>
            )}
            <MissingReplies rootId={rootId} failed={t('thread.failed')} />
            {thread?.loading === false && !thread.failed && thread.items.length === 0 && (
              <p className="thread-note">{t('thread.empty')}</p>
            )}
          </div>
        }
      />
      <Composer roomId={roomId} threadId={rootId} placeholder={t('composer.placeholderThread')} />
    </aside>
  );
}
