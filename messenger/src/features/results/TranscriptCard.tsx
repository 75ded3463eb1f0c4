import type { TranscriptBlock } from '@palabre/protocol';
import { Captions, Download } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatClock } from '../../i18n/format.ts';
import type { MessageItem } from '../../store/model.ts';
import { Button } from '../../ui/Button.tsx';
import { FileCard } from '../timeline/AttachmentView.tsx';
import { PlainText } from '../timeline/text.tsx';
import { useDownload } from '../timeline/use-download.ts';
import { CardHead } from './CardHead.tsx';
import { Gaps } from './Gaps.tsx';
import { NotKept } from './NotKept.tsx';
import { showMoment } from './moments.ts';
import { partOf, recordingAt, transcriptFiles } from './siblings.ts';
import type { TranscriptFile } from './siblings.ts';
import { useSiblings } from './use-siblings.ts';

const FIRST_LINES = 6;

function FileButton(props: { readonly file: TranscriptFile }) {
  const { t } = useTranslation();
  const download = useDownload(props.file.attachment);
  return (
    <Button
      small
      icon={<Download size={16} />}
      busy={download.state === 'loading'}
      data-testid={`transcript-${props.file.format}`}
      onPress={download.start}
    >
      {download.state === 'failed'
        ? t('common.retry')
        : t('results.downloadAs', { format: props.file.format.toUpperCase() })}
    </Button>
  );
}

type Line = NonNullable<TranscriptBlock['lines']>[number];
type Moment = ReturnType<typeof recordingAt>;

/** When a line was said; where the meeting was recorded, the way to hear it. */
function LineTime(props: { readonly line: Line; readonly moment: Moment }) {
  const { t } = useTranslation();
  const { line, moment } = props;
  const time = <time className="numbers">{formatClock(line.start_ms)}</time>;
  if (moment === undefined) return time;
  return (
    <button
      type="button"
      className="transcript-time"
      data-testid="transcript-seek"
      aria-label={t('results.playFrom', { time: formatClock(line.start_ms), name: line.name })}
      onClick={() => showMoment(moment.recordingId, moment.atMs)}
    >
      {time}
    </button>
  );
}

/** A transcript: its first lines, the rest on demand, and its files. */
export function TranscriptCard(props: { readonly item: MessageItem; readonly block: TranscriptBlock }) {
  const { t } = useTranslation();
  const { item, block } = props;
  const [open, setOpen] = useState(false);
  const siblings = useSiblings(item.id);
  if (block.format !== 'text') {
    return item.attachment === undefined ? <PlainText text={item.body} /> : <FileCard attachment={item.attachment} />;
  }
  const lines = block.lines ?? [];
  const momentOf = ({ start_ms: startMs }: Line): Moment | undefined =>
    block.started_ms === undefined ? undefined : recordingAt(siblings, block.meeting_id, block.started_ms + startMs);
  const shown = open ? lines : lines.slice(0, FIRST_LINES);
  const part = partOf(siblings, { ...item, block });
  // Files stand below the first part of a long transcript.
  const files = part.index === 0 ? transcriptFiles(siblings, block) : [];
  const title =
    part.count > 1 ? t('results.transcriptPart', { part: part.index + 1, count: part.count }) : t('results.transcript');
  return (
    <section className="card card-wide" data-testid="result-transcript">
      <CardHead icon={<Captions size={18} />} title={title} detail={formatClock(block.duration_ms)} />
      {block.lines === undefined ? (
        <p className="card-text message-body">
          <PlainText text={item.body} />
        </p>
      ) : lines.length === 0 ? (
        <p className="card-text card-muted">{t('results.noLines')}</p>
      ) : (
        <ol className="transcript" data-open={open}>
          {shown.map((line, index) => {
            const same = shown[index - 1]?.user_id === line.user_id;
            return (
              <li key={`${line.start_ms}-${line.user_id}`} data-same={same}>
                <LineTime line={line} moment={momentOf(line)} />
                <p>
                  {!same && <strong>{line.name}</strong>}
                  {line.text}
                </p>
              </li>
            );
          })}
        </ol>
      )}
      {part.index === 0 && <Gaps gaps={block.gaps} />}
      {part.index === 0 && <NotKept count={block.not_kept} />}
      <footer className="card-foot">
        {lines.length > FIRST_LINES && (
          <Button small tone="quiet" onPress={() => setOpen(!open)}>
            {open ? t('results.showLess') : t('results.showAll')}
          </Button>
        )}
        {files.map((file) => (
          <FileButton key={file.eventId} file={file} />
        ))}
      </footer>
      <p className="card-origin">{t('results.model', { model: block.model })}</p>
    </section>
  );
}
