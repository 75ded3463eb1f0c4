import type { ResultBlock } from '@palabre/protocol';
import type { MessageItem } from '../../store/model.ts';
import { MeetingCard } from './MeetingCard.tsx';
import { MinutesCard } from './MinutesCard.tsx';
import { NoticeCard } from './NoticeCard.tsx';
import { RecordingCard } from './RecordingCard.tsx';
import { TranscriptCard } from './TranscriptCard.tsx';
import './results.css';

/** What Palabre posted, as the thing it is rather than as text. */
export function ResultCard(props: {
  readonly roomId: string;
  readonly item: MessageItem;
  readonly block: ResultBlock;
  readonly inThread: boolean;
}) {
  const { roomId, item, block } = props;
  switch (block.kind) {
    case 'meeting':
      return <MeetingCard roomId={roomId} item={item} block={block} inThread={props.inThread} />;
    case 'recording':
      return <RecordingCard item={item} block={block} />;
    case 'transcript':
      return <TranscriptCard roomId={roomId} item={item} block={block} />;
    case 'minutes':
      return <MinutesCard roomId={roomId} item={item} block={block} />;
    case 'notice':
      return <NoticeCard item={item} block={block} />;
  }
}
