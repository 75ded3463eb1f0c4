import type { CorrectedLine, TranscriptCorrection } from '@palabre/protocol';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { formatClock } from './format.ts';
import { useTranscriptRoom } from './surroundings.ts';

/** What is corrected. */
export interface CorrectionTarget {
  /** A message of the transcript. */
  readonly transcriptEventId: string;
  readonly corrected: CorrectedLine;
}

export type Wish =
  | { readonly what: 'text'; readonly text: string }
  | { readonly what: 'speaker'; readonly name: string; readonly scope: 'line' | 'voice' };

/** @returns a function that posts a correction as this person, with words for those whose client knows none, which do not quote it @throws when it fails */
export function useCorrect({ transcriptEventId, corrected }: CorrectionTarget): (wish: Wish) => Promise<void> {
  const { t } = useTranslation();
  const room = useTranscriptRoom();
  return useCallback(
    async (wish: Wish) => {
      const { line, texts, names } = corrected;
      if (line.id === undefined) throw new Error('A line without a name cannot be corrected');
      const replaces = (wish.what === 'text' ? texts : names).at(-1)?.eventId;
      const correction: TranscriptCorrection = {
        transcript_event_id: transcriptEventId,
        line_id: line.id,
        ...(replaces === undefined ? {} : { replaces }),
        ...wish,
      };
      const time = formatClock(line.start_ms);
      // Words reach notifications and replies, which no deletion does: they quote nothing.
      const words =
        wish.what === 'text'
          ? t('transcript.words.text', { time })
          : t(wish.scope === 'voice' ? 'transcript.words.speakerEverywhere' : 'transcript.words.speaker', { time });
      await room.correct(correction, words);
    },
    [room, t, transcriptEventId, corrected],
  );
}
