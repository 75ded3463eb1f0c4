import type { MeetingBlock } from '@palabre/protocol';
import { CalendarCheck2, Radio } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../../i18n/use-locale.ts';
import { formatDuration, formatNames, formatTime } from '../../i18n/format.ts';
import type { MessageItem } from '../../store/model.ts';
import { AvatarStack } from '../../ui/Avatar.tsx';
import { CardHead } from './CardHead.tsx';
import { MeetingResults } from './MeetingResults.tsx';

/** The message a meeting's thread hangs on: who, since when, for how long, and what came back. */
export function MeetingCard(props: {
  readonly roomId: string;
  readonly item: MessageItem;
  readonly block: MeetingBlock;
  readonly inThread: boolean;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { block, item } = props;
  const running = block.state === 'running';
  const people = block.participants.map((person) => ({
    userId: person.user_id,
    name: person.name,
    avatarMxc: undefined,
  }));
  const length = block.ended_ms === undefined ? undefined : formatDuration(block.ended_ms - block.started_ms, locale);
  return (
    <section className="card" data-testid="result-meeting" data-running={running}>
      <CardHead
        icon={running ? <Radio size={18} /> : <CalendarCheck2 size={18} />}
        title={running ? t('results.meetingRunning') : t('results.meeting')}
        detail={[t('results.started', { time: formatTime(block.started_ms, locale) }), length]
          .filter((part) => part !== undefined)
          .join(' · ')}
      />
      {people.length > 0 && (
        <div className="card-people">
          <AvatarStack people={people} most={6} />
          <p>
            {t('results.participants', {
              count: people.length,
              names: formatNames(
                people.map((person) => person.name),
                locale,
              ),
            })}
          </p>
        </div>
      )}
      {!props.inThread && <MeetingResults roomId={props.roomId} item={item} />}
    </section>
  );
}
