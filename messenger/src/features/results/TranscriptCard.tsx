import type { TranscriptBlock } from '@palabre/protocol';
import {
  correctors,
  formatClock,
  formatNames,
  Gaps,
  NotKept,
  partOf,
  partsOf,
  PlainText,
  showMoment,
  SpeakerName,
  transcriptEventIds,
  transcriptFiles,
  useCorrections,
  Unheard,
  Unplayable,
  useLocale,
  useOrigin,
  usePlayable,
  type Playable,
} from '@palabre/transcript';
import { Captions, History, PanelsTopLeft } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { navigate } from '../../app/route.ts';
import { useAppSelector } from '../../store/store.ts';
import { localpart } from '../../matrix/people.ts';
import type { MessageItem, TimelineItem } from '../../store/model.ts';
import { Button } from '../../ui/Button.tsx';
import { FileCard } from '../timeline/AttachmentView.tsx';
import { useWasModerator } from '../transcript/use-was-moderator.ts';
import { CardHead } from './CardHead.tsx';
import { FileButton } from './FileButton.tsx';
import { threadHolding, useSiblings } from './use-siblings.ts';

const FIRST_LINES = 6;
const NO_LINES: NonNullable<TranscriptBlock['lines']> = [];

type Line = NonNullable<TranscriptBlock['lines']>[number];

/** When a line was said; where the meeting was recorded, the way to hear it. */
function LineTime(props: { readonly line: Line; readonly name: string; readonly playable: Playable }) {
  const { t } = useTranslation();
  const { line, name, playable } = props;
  const moment = playable.momentOf(line);
  const time = <time className="numbers">{formatClock(line.start_ms)}</time>;
  if (moment === undefined) return playable.isUnheard(line) ? <Unheard time={time} /> : time;
  return (
    <button
      type="button"
      className="transcript-time"
      data-testid="transcript-seek"
      aria-label={t('results.playFrom', { time: formatClock(line.start_ms), name })}
      onClick={() => showMoment(moment.recordingId, moment.atMs)}
    >
      {time}
    </button>
  );
}

/** How those who wrote something in the thread are called. */
function namesOf(userIds: ReadonlySet<string>, items: readonly TimelineItem[]): string[] {
  const senders = new Map(
    items.flatMap((item) => (item.kind === 'message' ? [[item.sender.userId, item.sender.name]] : [])),
  );
  return [...userIds].map((userId) => senders.get(userId) ?? localpart(userId));
}

/** A transcript: its first lines, the rest on demand, and its files. */
export function TranscriptCard(props: {
  readonly roomId: string;
  readonly item: MessageItem;
  readonly block: TranscriptBlock;
}) {
  const { t } = useTranslation();
  const { item, block } = props;
  const origin = useOrigin(block);
  const locale = useLocale();
  const [open, setOpen] = useState(false);
  const siblings = useSiblings(item.id);
  const rootId = useAppSelector((state) => threadHolding(state.rooms.threads, item.id)?.rootId);
  const eventIds = useMemo(() => transcriptEventIds(siblings, block), [siblings, block]);
  // A name that was corrected in one part is that of the same voice in all of them.
  const posted = useMemo(() => {
    const parts = partsOf(siblings, block).map((each) => each.block.lines ?? NO_LINES);
    return parts.length === 0 ? [block.lines ?? NO_LINES] : parts;
  }, [siblings, block]);
  const all = useMemo(() => posted.flat(), [posted]);
  const corrected = useCorrections(useWasModerator(props.roomId), siblings, eventIds, all).lines;
  const playable = usePlayable(siblings, block, all);
  if (block.format !== 'text') {
    return item.attachment === undefined ? <PlainText text={item.body} /> : <FileCard attachment={item.attachment} />;
  }
  const part = partOf(siblings, { ...item, block });
  const before = posted.slice(0, part.index).flat().length;
  const lines = corrected.slice(before, before + (block.lines ?? NO_LINES).length);
  const shown = open ? lines : lines.slice(0, FIRST_LINES);
  // Files stand below the first part of a long transcript.
  const files = part.index === 0 ? transcriptFiles(siblings, block) : [];
  // The first part speaks for all of them.
  const by = part.index > 0 ? [] : namesOf(new Set(corrected.flatMap(correctors)), siblings);
  const title =
    part.count > 1 ? t('results.transcriptPart', { part: part.index + 1, count: part.count }) : t('results.transcript');
  return (
    <section className="card card-wide" data-testid="result-transcript">
      <CardHead icon={<Captions size={18} />} title={title} detail={formatClock(block.duration_ms)} />
      {part.index === 0 && <Unplayable captions={playable.captions} />}
      {block.lines === undefined ? (
        <p className="card-text message-body">
          <PlainText text={item.body} />
        </p>
      ) : lines.length === 0 ? (
        <p className="card-text card-muted">{t('results.noLines')}</p>
      ) : (
        <ol className="transcript" data-open={open}>
          {shown.map((each, index) => {
            const { line, name, text } = each;
            const last = shown[index - 1];
            const same = last?.line.user_id === line.user_id && last.name === name;
            return (
              <li key={`${line.start_ms}-${line.user_id}`} data-same={same}>
                <LineTime line={line} name={name} playable={playable} />
                <p>
                  {!same && <SpeakerName corrected={each} />}
                  {text}
                </p>
              </li>
            );
          })}
        </ol>
      )}
      {part.index === 0 && <Gaps gaps={block.gaps} leftOut={block.gaps_left_out} />}
      {part.index === 0 && <NotKept count={block.not_kept} />}
      {by.length > 0 && (
        <p className="card-corrected" data-testid="transcript-card-corrected">
          <History size={14} aria-hidden="true" />
          {t('results.transcriptCorrected', { names: formatNames(by, locale) })}
        </p>
      )}
      <footer className="card-foot">
        {lines.length > FIRST_LINES && (
          <Button small tone="quiet" onPress={() => setOpen(!open)}>
            {open ? t('results.showLess') : t('results.showAll')}
          </Button>
        )}
        {part.index === 0 && rootId !== undefined && (
          <Button
            small
            tone="primary"
            icon={<PanelsTopLeft size={16} />}
            data-testid="transcript-open"
            onPress={() => navigate({ roomId: props.roomId, panel: { kind: 'transcript', rootId, eventId: item.id } })}
          >
            {t('results.openTranscript')}
          </Button>
        )}
        {files.map(({ eventId, format, attachment }) => (
          <FileButton
            key={eventId}
            attachment={attachment}
            label={t('results.downloadAs', { format: format.toUpperCase() })}
            testId={`transcript-${format}`}
          />
        ))}
      </footer>
      <p className="card-origin">{origin}</p>
    </section>
  );
}
