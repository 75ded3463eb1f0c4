import { formatNames, useLocale } from '@palabre/transcript';
import { Bot, EllipsisVertical, UserPlus, X } from 'lucide-react';
import { useState } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useAccount, useMessenger } from '../../app/context.ts';
import { navigate } from '../../app/route.ts';
import type { MemberRow } from '../../store/model.ts';
import { useAppSelector } from '../../store/store.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Banner } from '../../ui/Banner.tsx';
import { Button, IconButton } from '../../ui/Button.tsx';
import { PeopleEntry } from '../rooms/PeopleEntry.tsx';
import { RemovalDialog } from './RemovalDialog.tsx';
import type { Removal } from './RemovalDialog.tsx';
import './members.css';
import '../../ui/menu.css';

const ROLES = {
  creator: 'members.roleCreator',
  admin: 'members.roleAdmin',
  moderator: 'members.roleModerator',
} as const;
const BOTS = { watcher: 'members.botWatcher', scribe: 'members.botScribe' } as const;

function Member(props: { readonly row: MemberRow; readonly onRemove: (removal: Removal) => void }) {
  const { t } = useTranslation();
  const { row } = props;
  const role = row.bot !== undefined || row.role === 'member' ? undefined : t(ROLES[row.role]);
  const label = t('members.actionsFor', { name: row.name });
  return (
    <li className="member" data-testid="member" data-user-id={row.userId}>
      <Avatar id={row.userId} name={row.name} mxc={row.avatarMxc} />
      <span className="member-text">
        <span className="member-name">
          <span className="clip">{row.name}</span>
          {row.me && <small>({t('common.you')})</small>}
          {row.bot !== undefined && <Bot size={14} aria-hidden="true" />}
        </span>
        <small className="clip" title={row.userId}>
          {row.bot === undefined ? row.userId : t(BOTS[row.bot])}
        </small>
      </span>
      {role !== undefined && (
        <span className="member-role" title={row.power === null ? undefined : t('members.power', { power: row.power })}>
          {role}
        </span>
      )}
      {(row.mayKick || row.mayBan) && (
        <MenuTrigger>
          <IconButton label={label} icon={<EllipsisVertical size={18} />} data-testid="member-actions" />
          <Popover className="menu-popover" placement="bottom end">
            <Menu
              aria-label={label}
              onAction={(action) =>
                props.onRemove({ person: row, ban: action === 'ban', invited: row.membership === 'invite' })
              }
            >
              {row.mayKick && (
                <MenuItem id="kick" className="menu-item" data-testid="member-kick">
                  {row.membership === 'invite' ? t('members.uninvite') : t('members.kick')}
                </MenuItem>
              )}
              {row.mayBan && (
                <MenuItem id="ban" className="menu-item" data-tone="danger" data-testid="member-ban">
                  {t('members.ban')}
                </MenuItem>
              )}
            </Menu>
          </Popover>
        </MenuTrigger>
      )}
    </li>
  );
}

/** Who is in the room, and what may be done about it. */
export function MembersPanel(props: { readonly roomId: string }) {
  const { t } = useTranslation();
  const { actions } = useAccount();
  const { config } = useMessenger();
  const locale = useLocale();
  const { roomId } = props;
  const members = useAppSelector((state) => state.rooms.members[roomId]);
  const [inviting, setInviting] = useState(false);
  const [failed, setFailed] = useState(false);
  const [removal, setRemoval] = useState<Removal>();
  const rows = members?.rows ?? [];
  const invite = (userId: string): void => {
    setFailed(false);
    actions.invite(roomId, userId).catch((error: unknown) => {
      console.error(error);
      setFailed(true);
    });
  };
  const joined = rows.filter((row) => row.membership === 'join');
  const invited = rows.filter((row) => row.membership === 'invite');
  return (
    <aside className="panel" aria-label={t('members.title')} data-testid="members-panel">
      <header className="panel-head">
        <h2>{t('members.title')}</h2>
        {members?.mayInvite === true && (
          <IconButton
            label={t('members.invite')}
            icon={<UserPlus size={20} />}
            pressed={inviting}
            data-testid="members-invite"
            onPress={() => setInviting(!inviting)}
          />
        )}
        <IconButton
          label={t('members.close')}
          icon={<X size={20} />}
          onPress={() => navigate({ roomId, panel: undefined })}
        />
      </header>
      <div className="panel-body">
        {inviting && members?.mayInvite === true && (
          <div className="members-invite">
            <PeopleEntry
              label={t('members.inviteLabel')}
              submit={t('members.inviteSubmit')}
              leaveOut={rows.map((row) => row.userId)}
              onPick={invite}
            />
          </div>
        )}
        {failed && <Banner tone="error">{t('members.inviteFailed')}</Banner>}
        {members !== undefined && !members.watched && (members.mayInvite || members.otherWatchers.length > 0) && (
          <div className="members-watcher">
            <p>
              {members.otherWatchers.length === 0
                ? t('members.inviteWatcherBody')
                : t('members.otherWatcherBody', {
                    count: members.otherWatchers.length,
                    bots: formatNames(members.otherWatchers, locale),
                    own: config.serverName,
                  })}
            </p>
            {members.mayInvite && (
              <Button small data-testid="invite-watcher" onPress={() => invite(config.watcherUserId)}>
                {t('members.inviteWatcher')}
              </Button>
            )}
          </div>
        )}
        <ul className="members">
          {joined.map((row) => (
            <Member key={row.userId} row={row} onRemove={setRemoval} />
          ))}
        </ul>
        {invited.length > 0 && (
          <>
            <h3 className="members-title">{t('members.invited')}</h3>
            <ul className="members" data-invited="true">
              {invited.map((row) => (
                <Member key={row.userId} row={row} onRemove={setRemoval} />
              ))}
            </ul>
          </>
        )}
      </div>
      {removal !== undefined && (
        <RemovalDialog roomId={roomId} removal={removal} onClose={() => setRemoval(undefined)} />
      )}
    </aside>
  );
}
