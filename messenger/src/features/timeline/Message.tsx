import type { ResultBlock } from '@palabre/protocol';
import { formatNames, useLocale } from '@palabre/transcript';
import { Ban, Clock, LockKeyhole, MessageSquareText, RotateCcw, SmilePlus, Trash2, X } from 'lucide-react';
import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { navigate } from '../../app/route.ts';
import { formatTime } from '../../i18n/format.ts';
import type { MessageItem, RemovedItem, UnreadableItem } from '../../store/model.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button, IconButton } from '../../ui/Button.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { ResultCard } from '../results/ResultCard.tsx';
import { UnreadMeetingCard } from '../results/UnreadMeetingCard.tsx';
import { AttachmentView } from './AttachmentView.tsx';
import { MeetingPicker } from './MeetingPicker.tsx';
import { reactTo } from './react-to.ts';
import { drawn } from './drawn.ts';
import { ReactionPicker } from './ReactionPicker.tsx';
import { PlainText } from '@palabre/transcript';
import { ThreadChip } from './ThreadChip.tsx';
import './message.css';

type Item = MessageItem | UnreadableItem | RemovedItem;

function Body(props: { readonly roomId: string; readonly item: Item; readonly inThread: boolean }) {
  const { t } = useTranslation();
  const { item } = props;
  if (item.kind === 'removed') {
    return (
      <p className="message-quiet">
        <Ban size={14} aria-hidden="true" />
        {t('timeline.removed')}
      </p>
    );
  }
  if (item.kind === 'unreadable' && item.meeting !== undefined) {
    return <UnreadMeetingCard roomId={props.roomId} item={{ id: item.id, ...item.meeting }} />;
  }
  if (item.kind === 'unreadable') {
    return (
      <p className="message-quiet">
        <LockKeyhole size={14} aria-hidden="true" />
        {item.reason === 'waiting' ? t('timeline.unreadableWaiting') : t('timeline.unreadableHistory', { count: 1 })}
      </p>
    );
  }
  if (item.block !== undefined) {
    return <ResultCard roomId={props.roomId} item={item} block={item.block} inThread={props.inThread} />;
  }
  if (item.attachment !== undefined) {
    const { caption } = item.attachment;
    return (
      <>
        <AttachmentView attachment={item.attachment} />
        {caption !== undefined && (
          <p className="message-body">
            <PlainText text={caption} />
          </p>
        )}
      </>
    );
  }
  return (
    <p className="message-body" data-style={item.style}>
      {item.style === 'emote' ? (
        <PlainText text={t('timeline.emote', { name: item.sender.name, text: item.body })} />
      ) : (
        <PlainText text={item.body} />
      )}
      {item.edited && <small className="message-edited"> ({t('timeline.edited')})</small>}
    </p>
  );
}

/** What is asked before something is taken away. With a result goes all that it consists of. */
function removalOf(block: ResultBlock | undefined) {
  return block === undefined || block.kind === 'notice'
    ? ({ name: 'timeline.remove', title: 'timeline.removeTitle', body: 'timeline.removeBody' } as const)
    : ({
        name: `timeline.delete.${block.kind}.name`,
        title: `timeline.delete.${block.kind}.title`,
        body: `timeline.delete.${block.kind}.body`,
      } as const);
}

/** One message with what belongs to it: file or result card, reactions, thread, and what can be done with it. */
export const Message = memo(function Message(props: {
  readonly roomId: string;
  readonly item: Item;
  readonly continued: boolean;
  readonly inThread: boolean;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { actions } = useAccount();
  const { item, roomId } = props;
  const [removing, setRemoving] = useState(false);
  const [picking, setPicking] = useState(false);
  const time = formatTime(item.sentMs, locale);
  const message = item.kind === 'message' ? item : undefined;
  const removal = removalOf(message?.block);
  const toggle = (symbol: string): void => {
    if (message === undefined) return;
    const mine = message.reactions.find((reaction) => reaction.symbol === symbol)?.mineId;
    // A reaction that did not go out simply does not appear.
    (mine === undefined ? reactTo(actions, roomId, message, symbol) : actions.remove(roomId, mine)).catch(
      console.error,
    );
  };
  const picker = {
    label: t('timeline.react'),
    icon: <SmilePlus size={18} />,
    onOpenChange: setPicking,
    onPick: toggle,
  };
  return (
    <article
      className="message"
      data-continued={props.continued}
      data-state={message?.state}
      data-picking={picking}
      data-testid="timeline-event"
      data-event-id={item.id}
      tabIndex={-1}
      aria-label={`${item.sender.name}, ${time}`}
    >
      {props.continued ? (
        <time className="message-side numbers">{time}</time>
      ) : (
        <Avatar id={item.sender.userId} name={item.sender.name} mxc={item.sender.avatarMxc} />
      )}
      <div className="message-main">
        {!props.continued && (
          <header className="message-head">
            <strong className="clip" title={item.sender.userId}>
              {item.sender.name}
            </strong>
            <time className="numbers">{time}</time>
          </header>
        )}
        <Body roomId={roomId} item={item} inThread={props.inThread} />
        {message?.state === 'sending' && (
          <small className="message-sending">
            <Clock size={12} aria-hidden="true" />
            {t('timeline.sending')}
          </small>
        )}
        {message?.state === 'failed' && (
          <div className="message-failed" role="alert">
            <span>{t('timeline.failed')}</span>
            <Button
              small
              icon={<RotateCcw size={14} />}
              onPress={() => void actions.retry(roomId, item.id).catch(() => undefined)}
            >
              {t('timeline.resend')}
            </Button>
            <Button small tone="quiet" icon={<X size={14} />} onPress={() => actions.discard(roomId, item.id)}>
              {t('timeline.discard')}
            </Button>
          </div>
        )}
        {message !== undefined && message.reactions.length > 0 && (
          <ul className="reactions">
            {message.reactions.map((reaction) => (
              <li key={reaction.symbol}>
                <button
                  type="button"
                  aria-pressed={reaction.mineId !== undefined}
                  title={t('timeline.reactedBy', {
                    symbol: reaction.symbol,
                    names: formatNames(reaction.names, locale),
                  })}
                  onClick={() => toggle(reaction.symbol)}
                >
                  <span>{drawn(reaction.symbol)}</span>
                  <span className="numbers">{reaction.names.length}</span>
                </button>
              </li>
            ))}
          </ul>
        )}
        {/* The card of a meeting has the way into its thread. */}
        {message !== undefined && message.replies > 0 && message.block?.kind !== 'meeting' && !props.inThread && (
          <ThreadChip roomId={roomId} item={message} />
        )}
      </div>
      {message?.state === 'sent' && (
        <div className="message-tools">
          {message.block?.kind === 'meeting' && message.block.state === 'running' ? (
            <MeetingPicker {...picker} roomId={roomId} item={message} block={message.block} />
          ) : (
            <ReactionPicker {...picker} />
          )}
          {!props.inThread && (
            <IconButton
              label={t('timeline.replyInThread')}
              icon={<MessageSquareText size={18} />}
              data-testid="thread-reply"
              onPress={() => navigate({ roomId, panel: { kind: 'thread', rootId: item.id } })}
            />
          )}
          {message.removable && (
            <IconButton label={t(removal.name)} icon={<Trash2 size={18} />} onPress={() => setRemoving(true)} />
          )}
        </div>
      )}
      {removing && (
        <ConfirmDialog
          title={t(removal.title)}
          body={t(removal.body)}
          confirm={t(removal.name)}
          onConfirm={() => actions.remove(roomId, item.id)}
          onClose={() => setRemoving(false)}
        />
      )}
    </article>
  );
});
