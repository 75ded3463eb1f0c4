import { formatClock, formatNames, useLocale } from '@palabre/transcript';
import { Phone, PhoneOff } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { formatTime } from '../../i18n/format.ts';
import type { CallItem } from '../../store/model.ts';
import { useAppSelector } from '../../store/store.ts';
import { AvatarStack } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { useOpenCall } from '../call/use-open-call.ts';

/** A call in the timeline: who is in and the way in while it runs, afterwards who was there and for how long. */
export const CallRow = memo(function CallRow(props: { readonly roomId: string; readonly item: CallItem }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { item } = props;
  const current = useAppSelector((state) => state.rooms.byId[props.roomId]?.call);
  const openHere = useAppSelector((state) => state.call.open?.roomId === props.roomId);
  const openCall = useOpenCall();
  const people = item.running && current !== undefined ? current.people : item.people;
  const details = item.running
    ? [t('call.since', { time: formatTime(item.sentMs, locale) })]
    : item.endMs === undefined
      ? [t('call.ended')]
      : [t('call.ended'), t('call.lasted', { duration: formatClock(item.endMs - item.sentMs) })];
  return (
    <div className="call-row" data-running={item.running} data-testid="timeline-event">
      <span className="call-row-icon">
        {item.running ? <Phone size={18} aria-hidden="true" /> : <PhoneOff size={18} aria-hidden="true" />}
      </span>
      <span className="call-row-text">
        <strong>{t('call.started', { name: item.sender.name })}</strong>
        <small className="numbers">
          {details.join(' · ')}
          <span className="visually-hidden">
            {' · '}
            {formatNames(
              people.map((person) => person.name),
              locale,
            )}
          </span>
        </small>
      </span>
      <AvatarStack people={people} />
      {item.running && !openHere && (
        <Button small onPress={() => openCall(props.roomId)}>
          {t('call.join')}
        </Button>
      )}
    </div>
  );
});
