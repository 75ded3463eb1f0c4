import type { RecordingBlock, TranscriptBlock } from '@palabre/protocol';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { correctedCaptions } from '../documents/index.ts';
import { correctors } from './entries.ts';
import { formatNames } from './format.ts';
import { useTranscriptRoom } from './surroundings.ts';
import type { Corrected } from './use-corrections.ts';
import { useLocale } from './use-locale.ts';

/** @param vtt captions of the film, on its clock @returns the same as the transcript reads now */
export type CorrectCaptions = (
  vtt: string,
  film: Pick<RecordingBlock, 'started_ms' | 'duration_ms' | 'pauses'>,
) => string;

/** Puts the corrections of a transcript into the captions of its films. Another function where it reads otherwise. */
export function useCorrectedCaptions(
  transcript: Pick<Corrected, 'lines'> & { readonly block: Pick<TranscriptBlock, 'started_ms'> },
): CorrectCaptions {
  const { t } = useTranslation();
  const locale = useLocale();
  const { nameOf } = useTranscriptRoom();
  const {
    lines,
    block: { started_ms: zeroMs },
  } = transcript;
  return useCallback(
    (vtt, film) => {
      if (zeroMs === undefined) return vtt;
      const by = [...new Set(lines.flatMap(correctors))].map(nameOf);
      return correctedCaptions(vtt, film, lines, zeroMs, {
        // Nobody puts their own words into the mouth of another: whose microphone it was is said as well.
        speaker: ({ name, line }) => `${name} (${t('transcript.microphone', { name: line.name })})`,
        note: t('transcript.corrected', { names: formatNames(by, locale) }),
      });
    },
    [t, locale, nameOf, lines, zeroMs],
  );
}
