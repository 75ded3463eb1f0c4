import { ChevronLeft } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { navigate } from '../../app/route.ts';
import type { RoomSummary } from '../../store/model.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Banner } from '../../ui/Banner.tsx';
import { Button } from '../../ui/Button.tsx';

export function Invitation(props: { readonly room: RoomSummary }) {
  const { t } = useTranslation();
  const { actions } = useAccount();
  const { room } = props;
  const [busy, setBusy] = useState<'accept' | 'decline'>();
  const [failed, setFailed] = useState(false);
  const answer = async (kind: 'accept' | 'decline'): Promise<void> => {
    setBusy(kind);
    setFailed(false);
    try {
      if (kind === 'accept') await actions.accept(room.id);
      else {
        await actions.leave(room.id);
        navigate({ roomId: undefined, panel: undefined });
      }
    } catch (error) {
      console.error(error);
      setFailed(true);
    }
    setBusy(undefined);
  };
  return (
    <main className="room room-nothing" data-testid="invitation">
      <a className="icon-button room-back room-nothing-back" href="#/" aria-label={t('room.backToRooms')}>
        <ChevronLeft size={22} aria-hidden="true" />
      </a>
      <Avatar id={room.id} name={room.name} mxc={room.avatarMxc} size="xl" square />
      <h1>
        {room.inviter === undefined ? t('invitation.titleUnknown') : t('invitation.title', { name: room.inviter.name })}
      </h1>
      <p>{t('invitation.body', { room: room.name })}</p>
      {room.inviter !== undefined && <p className="room-nothing-id">{room.inviter.userId}</p>}
      {failed && <Banner tone="error">{t('common.somethingFailed')}</Banner>}
      <div className="room-nothing-actions">
        <Button
          busy={busy === 'decline'}
          isDisabled={busy === 'accept'}
          data-testid="invitation-decline"
          onPress={() => void answer('decline')}
        >
          {t('invitation.decline')}
        </Button>
        <Button
          tone="primary"
          busy={busy === 'accept'}
          isDisabled={busy === 'decline'}
          data-testid="invitation-accept"
          onPress={() => void answer('accept')}
        >
          {t('invitation.accept')}
        </Button>
      </div>
    </main>
  );
}
