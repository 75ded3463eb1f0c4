import type { RecordingBlock } from '@palabre/protocol';
import { FilmIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Attachment, ThreadItem, ThreadMessage } from '../documents/index.ts';
import { DeletedResults } from './DeletedResults.tsx';
import { PlainText } from './PlainText.tsx';
import { RecordingPlayer } from './RecordingPlayer.tsx';
import { useTranscriptRoom } from './surroundings.ts';
import type { CorrectCaptions } from './use-corrected-captions.ts';

/** A message with a recording that can be played here. */
export type Film = ThreadMessage & { readonly attachment: Attachment; readonly block: RecordingBlock };

/** Recordings of a meeting that can be played here. */
export function filmsOf(items: readonly ThreadItem[], meetingId: string): readonly Film[] {
  return items.filter(
    (item): item is Film =>
      item.kind === 'message' &&
      item.block?.kind === 'recording' &&
      item.block.meeting_id === meetingId &&
      item.attachment !== undefined,
  );
}

/** Recordings of a meeting whose messages hold no file that can be played here: their words say where they are. */
function linksOf(items: readonly ThreadItem[], meetingId: string): readonly ThreadMessage[] {
  return items.filter(
    (item): item is ThreadMessage =>
      item.kind === 'message' &&
      item.block?.kind === 'recording' &&
      item.block.meeting_id === meetingId &&
      item.attachment === undefined,
  );
}

/** The recordings of a meeting, usually one. */
export function Films(props: {
  /** Messages of the meeting's thread. */
  readonly items: readonly ThreadItem[];
  readonly meetingId: string;
  readonly correctCaptions?: CorrectCaptions;
  readonly onMoment: (film: ThreadMessage, atMs: number) => void;
}) {
  const { t } = useTranslation();
  const { items, meetingId } = props;
  const films = filmsOf(items, meetingId);
  const links = linksOf(items, meetingId);
  const deleted = useTranscriptRoom().deleted.filter(({ what }) => what === 'recording');
  if (films.length + links.length === 0 && deleted.length > 0) {
    return (
      <div className="transcript-nofilm">
        <DeletedResults deleted={deleted} />
      </div>
    );
  }
  if (films.length + links.length === 0) {
    return (
      <p className="transcript-nofilm">
        <FilmIcon size={18} aria-hidden="true" />
        {t('transcript.noRecording')}
      </p>
    );
  }
  return (
    <>
      {films.map((film) => (
        <RecordingPlayer
          key={film.id}
          attachment={film.attachment}
          block={film.block}
          siblings={items}
          recordingId={film.id}
          followsLines
          correctCaptions={props.correctCaptions}
          onMoment={(atMs) => props.onMoment(film, atMs)}
        />
      ))}
      {links.map((link) => (
        <p key={link.id} className="card-text" data-testid="transcript-film-link">
          <PlainText text={link.body} />
        </p>
      ))}
    </>
  );
}
