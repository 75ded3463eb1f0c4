import { ChevronLeft, EllipsisVertical, LockKeyhole, LogOut, Users, Video } from 'lucide-react';
import { useState } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { navigate, useRoute } from '../../app/route.ts';
import type { RoomSummary } from '../../store/model.ts';
import { useAppSelector } from '../../store/store.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button, IconButton } from '../../ui/Button.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { useOpenCall } from '../call/use-open-call.ts';
import '../../ui/menu.css';

export function RoomHeader(props: { readonly room: RoomSummary }) {
  const { t } = useTranslation();
  const { actions } = useAccount();
  const { room } = props;
  const route = useRoute();
  const openHere = useAppSelector((state) => state.call.open?.roomId === room.id);
  const openCall = useOpenCall();
  const [leaving, setLeaving] = useState(false);
  const members = t('room.members', { count: room.memberCount });
  const showsMembers = route.panel?.kind === 'members';
  return (
    <header className="room-head">
      <a className="icon-button room-back" href="#/" aria-label={t('room.backToRooms')}>
        <ChevronLeft size={22} aria-hidden="true" />
      </a>
      <Avatar id={room.id} name={room.name} mxc={room.avatarMxc} square />
      <div className="room-head-text">
        <h1 className="clip">{room.name}</h1>
        <p className="clip">
          {room.encrypted && <LockKeyhole size={12} role="img" aria-label={t('room.encryptedHint')} />}
          <span>{members}</span>
          {room.encrypted && <span className="room-head-hint">{t('room.encryptedHint')}</span>}
        </p>
      </div>
      {!openHere && room.call === undefined && room.successor === undefined && (
        <Button
          icon={<Video size={18} />}
          aria-label={t('room.startCall')}
          data-testid="call-start"
          onPress={() => openCall(room.id)}
        >
          <span className="room-call-words">{t('room.startCall')}</span>
        </Button>
      )}
      <IconButton
        label={t('room.showMembers')}
        icon={<Users size={20} />}
        pressed={showsMembers}
        data-testid="show-members"
        onPress={() => navigate({ roomId: room.id, panel: showsMembers ? undefined : { kind: 'members' } })}
      />
      <MenuTrigger>
        <IconButton label={t('room.actions')} icon={<EllipsisVertical size={20} />} />
        <Popover className="menu-popover" placement="bottom end">
          <Menu aria-label={t('room.actions')} onAction={() => setLeaving(true)}>
            <MenuItem className="menu-item" data-tone="danger" textValue={t('room.leave')}>
              <LogOut size={18} aria-hidden="true" />
              {t('room.leave')}
            </MenuItem>
          </Menu>
        </Popover>
      </MenuTrigger>
      {leaving && (
        <ConfirmDialog
          title={t('room.leaveTitle', { name: room.name })}
          body={t('room.leaveBody')}
          confirm={t('room.leave')}
          onConfirm={async () => {
            await actions.leave(room.id);
            navigate({ roomId: undefined, panel: undefined });
          }}
          onClose={() => setLeaving(false)}
        />
      )}
    </header>
  );
}
