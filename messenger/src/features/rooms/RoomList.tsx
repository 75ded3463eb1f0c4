import { Plus, Search } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { navigate } from '../../app/route.ts';
import { useAppSelector } from '../../store/store.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button, IconButton } from '../../ui/Button.tsx';
import { WordMark } from '../sign-in/WordMark.tsx';
import { AccountMenu } from './AccountMenu.tsx';
import { CreateRoom } from './CreateRoom.tsx';
import { RoomRow } from './RoomRow.tsx';
import './rooms.css';

const SEARCH_FROM = 8;

/** Invitations, then rooms: running calls first, then by the newest message. */
export function RoomList(props: { readonly selectedId: string | undefined }) {
  const { t } = useTranslation();
  const byId = useAppSelector((state) => state.rooms.byId);
  const online = useAppSelector((state) => state.session.online);
  const [creating, setCreating] = useState(false);
  const [wanted, setWanted] = useState('');
  const all = useMemo(
    () =>
      Object.values(byId).sort(
        (a, b) => Number(b.call !== undefined) - Number(a.call !== undefined) || b.lastMs - a.lastMs,
      ),
    [byId],
  );
  const folded = wanted.trim().toLocaleLowerCase();
  const shown = folded === '' ? all : all.filter((room) => room.name.toLocaleLowerCase().includes(folded));
  const invitations = shown.filter((room) => room.membership === 'invite');
  const joined = shown.filter((room) => room.membership === 'join');
  return (
    <nav className="room-list" aria-label={t('rooms.title')}>
      <header className="room-list-head">
        <WordMark small />
        <span className="grow" />
        <IconButton
          label={t('rooms.create')}
          icon={<Plus size={20} />}
          onPress={() => setCreating(true)}
          data-testid="create-room"
        />
        <AccountMenu />
      </header>
      {!online && <Banner tone="warning">{t('rooms.offline')}</Banner>}
      {all.length >= SEARCH_FROM && (
        <label className="room-search">
          <Search size={16} aria-hidden="true" />
          <input
            type="search"
            value={wanted}
            onChange={(event) => setWanted(event.target.value)}
            placeholder={t('rooms.search')}
            aria-label={t('rooms.search')}
          />
        </label>
      )}
      <div className="room-list-body">
        {all.length === 0 && (
          <div className="room-list-empty">
            <strong>{t('rooms.empty')}</strong>
            <p>{t('rooms.emptyBody')}</p>
            <Button tone="primary" onPress={() => setCreating(true)}>
              {t('rooms.create')}
            </Button>
          </div>
        )}
        {all.length > 0 && shown.length === 0 && <p className="room-list-none">{t('rooms.noMatch')}</p>}
        {invitations.length > 0 && (
          <section>
            <h2 className="room-list-title">{t('rooms.invitations')}</h2>
            <ul>
              {invitations.map((room) => (
                <RoomRow key={room.id} room={room} selected={room.id === props.selectedId} />
              ))}
            </ul>
          </section>
        )}
        {joined.length > 0 && (
          <section>
            {invitations.length > 0 && <h2 className="room-list-title">{t('rooms.title')}</h2>}
            <ul>
              {joined.map((room) => (
                <RoomRow key={room.id} room={room} selected={room.id === props.selectedId} />
              ))}
            </ul>
          </section>
        )}
      </div>
      {creating && (
        <CreateRoom
          onClose={() => setCreating(false)}
          onCreated={(roomId) => {
            setCreating(false);
            navigate({ roomId, panel: undefined });
          }}
        />
      )}
    </nav>
  );
}
