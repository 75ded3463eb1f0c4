import type { RecordingBlock } from '@palabre/protocol';
import { Play } from 'lucide-react';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { formatClock } from '../../i18n/format.ts';
import type { Attachment } from '../../matrix/attachment.ts';
import type { TimelineItem } from '../../store/model.ts';
import { Player } from '../timeline/Player.tsx';
import { shiftCues } from './captions.ts';
import { onMoment } from './moments.ts';
import { captionsOf } from './siblings.ts';

/** A recording, played in place with the transcript as captions. */
export function RecordingPlayer(props: {
  readonly attachment: Attachment;
  readonly block: RecordingBlock;
  /** Messages of the meeting's thread, the captions among them. */
  readonly siblings: readonly TimelineItem[];
  /** Its message, where lines of the transcript beside it lead to moments of it. */
  readonly recordingId?: string;
  /** Told which moment is shown, from the beginning of the recording. */
  readonly onMoment?: (atMs: number) => void;
}) {
  const { t } = useTranslation();
  const { media } = useAccount();
  const { attachment, block, recordingId } = props;
  const subscribeMoments = useCallback(
    (show: (atMs: number) => void) => (recordingId === undefined ? () => undefined : onMoment(recordingId, show)),
    [recordingId],
  );
  const captions = captionsOf(props.siblings, block);
  return (
    <Player
      attachment={
        block.width === undefined
          ? { ...attachment, type: 'audio' }
          : { ...attachment, type: 'video', width: block.width, height: block.height }
      }
      loadCaptions={
        captions === undefined
          ? undefined
          : async (signal) => {
              const file = await media.load(captions.attachment.source, 'text/vtt', { signal });
              return shiftCues(await file.text(), captions.shiftMs);
            }
      }
      playLabel={t('results.play')}
      icon={<Play size={22} fill="currentColor" />}
      duration={formatClock(block.duration_ms)}
      subscribeMoments={subscribeMoments}
      onMoment={props.onMoment}
    />
  );
}
