import type { RecordingBlock } from '@palabre/protocol';
import { Gaps, NotKept, ownCaptionsOf, PlainText, RecordingPlayer } from '@palabre/transcript';
import { Film } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { MessageItem } from '../../store/model.ts';
import { DownloadButton } from './DownloadButton.tsx';
import { CardHead } from './CardHead.tsx';
import { FileButton } from './FileButton.tsx';
import { useFilmLength } from './film-length.ts';
import { useSiblings } from './use-siblings.ts';

/** A recording: poster, length, played in place with the transcript as captions. */
export function RecordingCard(props: { readonly item: MessageItem; readonly block: RecordingBlock }) {
  const { t } = useTranslation();
  const { item, block } = props;
  const lengthOf = useFilmLength();
  const siblings = useSiblings(item.id);
  const { attachment } = item;
  const captions = ownCaptionsOf(siblings, item.id, block);
  return (
    <section className="card card-wide" data-testid="result-recording">
      <CardHead icon={<Film size={18} />} title={t('results.recording')} detail={lengthOf(block)} />
      {attachment === undefined ? (
        // Too large for the homeserver: the text says where it is kept.
        <p className="card-text">
          <PlainText text={item.body} />
        </p>
      ) : (
        <>
          <RecordingPlayer
            attachment={attachment}
            block={block}
            siblings={siblings}
            recordingId={item.id}
            followsLines
          />
          <DownloadButton attachment={attachment}>
            {captions !== undefined && (
              <FileButton
                attachment={captions.attachment}
                label={t('results.downloadCaptions')}
                testId="recording-captions"
              />
            )}
          </DownloadButton>
        </>
      )}
      <Gaps gaps={block.gaps} leftOut={block.gaps_left_out} />
      <NotKept count={block.not_kept} />
    </section>
  );
}
