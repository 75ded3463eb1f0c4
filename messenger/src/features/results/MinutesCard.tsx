import { formatClock, Minutes, Unplayable, useCorrectedSince, usePlayableMoments } from '@palabre/transcript';
import type { MinutesBlock } from '@palabre/protocol';
import { ListChecks } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { MessageItem } from '../../store/model.ts';
import { useWasModerator } from '../transcript/use-was-moderator.ts';
import { CardHead } from './CardHead.tsx';
import { MinutesMoment } from './MinutesMoment.tsx';
import { useSiblings } from './use-siblings.ts';

/** Minutes, each statement with the way to its moment. */
export function MinutesCard(props: {
  readonly roomId: string;
  readonly item: MessageItem;
  readonly block: MinutesBlock;
}) {
  const { t } = useTranslation();
  const { roomId, item, block } = props;
  const siblings = useSiblings(item.id);
  const { momentIn, captions } = usePlayableMoments(siblings, block);
  const correctedSince = useCorrectedSince(useWasModerator(roomId), siblings, block, item.sentMs);
  return (
    <section className="card card-wide" data-testid="result-minutes">
      <CardHead
        icon={<ListChecks size={18} />}
        title={t('results.minutes')}
        detail={t('results.ofTranscript', { duration: formatClock(block.duration_ms) })}
      />
      <Unplayable captions={captions} />
      <Minutes
        block={block}
        correctedSince={correctedSince}
        moment={(moment) => <MinutesMoment roomId={roomId} item={item} recorded={momentIn(moment)} moment={moment} />}
      />
    </section>
  );
}
