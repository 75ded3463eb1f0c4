import type { RecordingBlock } from '@palabre/protocol';
import { Play } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { captionsOf, shiftCues, type Attachment, type ThreadItem } from '../documents/index.ts';
import { formatClock } from './format.ts';
import { onMoment } from './moments.ts';
import { Player } from './Player.tsx';
import { useSurroundings } from './surroundings.ts';
import type { CorrectCaptions } from './use-corrected-captions.ts';

/** A recording, played in place with the transcript as captions. */
export function RecordingPlayer(props: {
  readonly attachment: Attachment;
  readonly block: RecordingBlock;
  /** Messages of the meeting's thread, the captions among them. */
  readonly siblings: readonly ThreadItem[];
  /** Its message. */
  readonly recordingId: string;
  /** Lines of the transcript beside it lead to moments of it. */
  readonly followsLines?: boolean;
  readonly correctCaptions?: CorrectCaptions | undefined;
  /** Told which moment is shown, from the beginning of the recording. */
  readonly onMoment?: (atMs: number) => void;
}) {
  const { t } = useTranslation();
  const { media } = useSurroundings();
  const { attachment, block, recordingId, followsLines = false, correctCaptions } = props;
  const subscribeMoments = useCallback(
    (show: (atMs: number) => void) => (followsLines ? onMoment(recordingId, show) : () => undefined),
    [followsLines, recordingId],
  );
  const correct = useMemo(
    () => (correctCaptions === undefined ? undefined : (vtt: string) => correctCaptions(vtt, block)),
    [correctCaptions, block],
  );
  const captions = captionsOf(props.siblings, recordingId, block);
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
      correctCaptions={correct}
      playLabel={t('results.play')}
      icon={<Play size={22} fill="currentColor" />}
      duration={formatClock(block.duration_ms)}
      subscribeMoments={subscribeMoments}
      onMoment={props.onMoment}
    />
  );
}
