import { formatNames, useLocale } from '@palabre/transcript';
import { NotebookPen } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { formatTime } from '../../i18n/format.ts';
import type { RoomSummary } from '../../store/model.ts';
import { useAppSelector } from '../../store/store.ts';
import { AvatarStack } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { useOpenCall } from './use-open-call.ts';
import './call.css';

const NAMED = 2;

/** Says who is in the room's call and since when, with the way in. */
export function CallBanner(props: { readonly room: RoomSummary; readonly onShowCall: () => void }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { room } = props;
  const openHere = useAppSelector((state) => state.call.open?.roomId === room.id);
  const joinedHere = useAppSelector((state) => state.call.open?.roomId === room.id && state.call.open.joined);
  const openCall = useOpenCall();
  const { call } = room;
  if (call === undefined) return null;
  const named = call.people.slice(0, call.people.length === NAMED + 1 ? NAMED + 1 : NAMED).map((person) => person.name);
  const rest = call.people.length - named.length;
  const names =
    rest === 0 ? formatNames(named, locale) : t('call.othersSuffix', { count: rest, names: named.join(', ') });
  return (
    <section className="call-banner" data-here={openHere} data-testid="call-banner" aria-label={t('rooms.callRunning')}>
      <AvatarStack people={call.people} />
      <p className="call-banner-text" role="status">
        <strong>{t('call.banner', { count: call.people.length, names })}</strong>
        <span className="numbers">{t('call.since', { time: formatTime(call.sinceMs, locale) })}</span>
        {call.scribe && (
          <span className="call-banner-scribe">
            <NotebookPen size={14} aria-hidden="true" />
            {t('call.scribe')}
          </span>
        )}
      </p>
      <Button
        tone="primary"
        small
        data-testid="call-join"
        onPress={() => (openHere ? props.onShowCall() : openCall(room.id))}
      >
        {joinedHere ? t('call.rejoin') : t('call.join')}
      </Button>
    </section>
  );
}
