import { useLocale } from '@palabre/transcript';
import { LockKeyhole, Phone, PhoneIncoming } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useToday } from '../../i18n/use-today.ts';
import { formatRoute } from '../../app/route.ts';
import { formatMoment } from '../../i18n/format.ts';
import type { Preview, RoomSummary } from '../../store/model.ts';
import { useAppSelector } from '../../store/store.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { useNoticeText } from '../results/use-notice-text.ts';

function usePreviewText(): (preview: Preview) => string {
  const { t } = useTranslation();
  const noticeText = useNoticeText();
  return (preview) => {
    const text =
      preview.kind === 'notice'
        ? noticeText(preview.code ?? '', preview.text)
        : preview.kind === 'text'
          ? preview.text
          : t(`rooms.preview.${preview.kind}`);
    return preview.mine ? t('rooms.previewYou', { text }) : t('rooms.previewOther', { name: preview.senderName, text });
  };
}

/** One room: name, last words, what is unread, and whether people are in a call there. */
export const RoomRow = memo(function RoomRow(props: { readonly room: RoomSummary; readonly selected: boolean }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const today = useToday();
  const { room } = props;
  const ring = useAppSelector((state) => state.call.rings.find((known) => known.roomId === room.id));
  const previewText = usePreviewText();
  const invited = room.membership === 'invite';
  const unread = room.unread || room.notifications > 0 || invited;
  const second =
    ring !== undefined
      ? t('rooms.ringing', { name: ring.caller.name })
      : invited
        ? room.inviter === undefined
          ? t('invitation.titleUnknown')
          : t('rooms.invitedBy', { name: room.inviter.name })
        : room.preview === undefined
          ? ''
          : previewText(room.preview);
  return (
    <li>
      <a
        className="room-row"
        href={formatRoute({ roomId: room.id, panel: undefined })}
        aria-current={props.selected ? 'page' : undefined}
        data-unread={unread}
        data-testid="room-list-item"
        data-room-id={room.id}
      >
        <Avatar id={room.id} name={room.name} mxc={room.avatarMxc} square />
        <span className="room-row-text">
          <span className="room-row-name">
            <span className="clip">{room.name}</span>
            {room.encrypted && (
              <LockKeyhole size={12} role="img" aria-label={t('rooms.encrypted')} className="room-row-lock" />
            )}
            {room.lastMs > 0 && !invited && (
              <time className="room-row-time numbers">{formatMoment(room.lastMs, today, locale)}</time>
            )}
          </span>
          <span className="room-row-second">
            <span className="clip" data-ringing={ring !== undefined}>
              {second}
            </span>
            {room.call !== undefined && (
              <span className="room-row-call" data-ringing={ring !== undefined}>
                {ring === undefined ? (
                  <Phone size={12} aria-hidden="true" />
                ) : (
                  <PhoneIncoming size={12} aria-hidden="true" />
                )}
                <span className="numbers" aria-hidden="true">
                  {room.call.people.length}
                </span>
                <span className="visually-hidden">{t('rooms.callRunning')}</span>
              </span>
            )}
            {room.notifications > 0 ? (
              <span className="room-row-count numbers" data-highlight={room.highlights > 0}>
                <span aria-hidden="true">{room.notifications > 99 ? '99+' : room.notifications}</span>
                <span className="visually-hidden">{t('rooms.unreadCount', { count: room.notifications })}</span>
              </span>
            ) : (
              unread && (
                <span className="room-row-dot">
                  <span className="visually-hidden">{t('rooms.unread')}</span>
                </span>
              )
            )}
          </span>
        </span>
      </a>
    </li>
  );
});
