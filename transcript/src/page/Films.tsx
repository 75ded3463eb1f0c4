import type { RecordingBlock } from '@palabre/protocol';
import { FilmIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Attachment, ThreadItem, ThreadMessage } from '../documents/index.ts';
import { PlainText } from './PlainText.tsx';
import { RecordingPlayer } from './RecordingPlayer.tsx';

/** A message with a recording that can be played here. */
export type Film = ThreadMessage & { readonly attachment: Attachment; readonly block: RecordingBlock };

/** The recordings of a meeting, usually one. */
export function Films(props: {
  readonly films: readonly Film[];
  /** Messages with a recording that cannot be played here. */
  readonly links: readonly ThreadMessage[];
  readonly siblings: readonly ThreadItem[];
  readonly onMoment: (film: ThreadMessage, atMs: number) => void;
}) {
  const { t } = useTranslation();
  if (props.films.length + props.links.length === 0) {
    return (
      <p className="transcript-nofilm">
        <FilmIcon size={18} aria-hidden="true" />
        {t('transcript.noRecording')}
      </p>
    );
  }
  return (
    <>
      {props.films.map((film) => (
        <RecordingPlayer
          key={film.id}
          attachment={film.attachment}
          block={film.block}
          siblings={props.siblings}
          recordingId={film.id}
          onMoment={(atMs) => props.onMoment(film, atMs)}
        />
      ))}
      {props.links.map((link) => (
        <p key={link.id} className="card-text" data-testid="transcript-film-link">
          <PlainText text={link.body} />
        </p>
      ))}
    </>
  );
}
