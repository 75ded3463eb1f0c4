import { CalendarCheck2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { MessageItem } from '../../store/model.ts';
import { CardHead } from './CardHead.tsx';
import { MeetingResults } from './MeetingResults.tsx';
import './results.css';

/** A meeting whose own message cannot be read on this device, while its results can. */
export function UnreadMeetingCard(props: {
  readonly roomId: string;
  readonly item: Pick<MessageItem, 'id' | 'replies' | 'results'>;
}) {
  const { t } = useTranslation();
  return (
    <section className="card" data-testid="unread-meeting">
      <CardHead icon={<CalendarCheck2 size={18} />} title={t('results.meeting')} detail={t('results.meetingUnread')} />
      <MeetingResults roomId={props.roomId} item={props.item} />
    </section>
  );
}
