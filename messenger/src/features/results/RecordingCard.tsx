import type { RecordingBlock } from '@palabre/protocol';
import { Film, Play } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { formatClock } from '../../i18n/format.ts';
import type { MessageItem } from '../../store/model.ts';
import { DownloadButton } from './DownloadButton.tsx';
import { Player } from '../timeline/Player.tsx';
import { PlainText } from '../timeline/text.tsx';
import { CardHead } from './CardHead.tsx';
import { Gaps } from './Gaps.tsx';
import { shiftCues } from './captions.ts';
import { captionsOf } from './siblings.ts';
import { useSiblings } from './use-siblings.ts';

/** A recording: poster, length, played in place with the transcript as captions. */
export function RecordingCard(props: { readonly item: MessageItem; readonly block: RecordingBlock }) {
  const { t } = useTranslation();
  const { item, block } = props;
  const { media } = useAccount();
  const captions = captionsOf(useSiblings(item.id), block);
  const { attachment } = item;
  const length = formatClock(block.duration_ms);
  return (
    <section className="card card-wide" data-testid="result-recording">
      <CardHead icon={<Film size={18} />} title={t('results.recording')} detail={length} />
      {attachment === undefined ? (
        // Too large for the homeserver: the text says where it is kept.
        <p className="card-text">
          <PlainText text={item.body} />
        </p>
      ) : (
        <>
          <Player
            attachment={{ ...attachment, type: 'video', width: block.width, height: block.height }}
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
            duration={length}
          />
          <DownloadButton attachment={attachment} />
        </>
      )}
      <Gaps gaps={block.gaps} />
    </section>
  );
}
