import type { TranscriptMark } from '@palabre/protocol';
import { Circle, LogIn, LogOut, MessageSquareText, Pause, Play, Square } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { formatClock } from './format.ts';
import { markKey } from './mark-words.ts';
import { useTranscriptRoom } from './surroundings.ts';

const ICONS = {
  joined: LogIn,
  left: LogOut,
  recording_started: Circle,
  recording_paused: Pause,
  recording_resumed: Play,
  recording_stopped: Square,
  message: MessageSquareText,
} as const;

/** Something that happened between the lines. What was written is shown where this client has it, so to those who may read it. */
export function Mark(props: { readonly mark: TranscriptMark }) {
  const { t } = useTranslation();
  const { nameOf, writtenIn } = useTranscriptRoom();
  const { mark } = props;
  const written = mark.event_id === undefined ? undefined : writtenIn(mark.event_id);
  const Icon = ICONS[mark.kind];
  const name = mark.name ?? (mark.user_id === undefined ? '' : nameOf(mark.user_id));
  return (
    <li className="line line-mark" data-kind={mark.kind} data-testid="transcript-mark">
      <time className="numbers">{formatClock(mark.at_ms)}</time>
      <p>
        <Icon size={14} aria-hidden="true" />
        {written === undefined
          ? t(markKey(mark.kind, name), { name })
          : t('transcript.written', { name, text: written })}
      </p>
    </li>
  );
}
