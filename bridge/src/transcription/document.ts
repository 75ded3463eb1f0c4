import { TRANSCRIPT_DOCUMENT_VERSION, type TranscriptDocument } from '@palabre/protocol';
import { groupLines, paragraphOf } from './assembly.ts';
import type { NamedLine } from './lines.ts';

/** The transcript as a file for programs (docs/transcript-format.md). Pure. */

export type DocumentFacts = Pick<
  TranscriptDocument,
  'meeting_id' | 'started_ms' | 'duration_ms' | 'model' | 'provenance' | 'gaps' | 'not_kept' | 'marks'
>;

/** @returns the whole document; its lines are the paragraphs of the readable message, under the same ids */
export function documentOf(lines: readonly NamedLine[], facts: DocumentFacts): TranscriptDocument {
  const since = (ms: number): number => Math.round(ms - facts.started_ms);
  return {
    format: 'app.palabre.transcript',
    version: TRANSCRIPT_DOCUMENT_VERSION,
    ...facts,
    lines: groupLines(lines).map((group) => {
      const { id, userId, voice, name, startMs, endMs, text } = paragraphOf(group);
      return {
        id,
        user_id: userId,
        ...(voice === undefined ? {} : { voice }),
        name,
        start_ms: since(startMs),
        end_ms: since(endMs),
        text,
        utterances: group.map((line) => ({
          start_ms: since(line.startMs),
          end_ms: since(line.endMs),
          text: line.text,
          ...(line.language === undefined ? {} : { language: line.language }),
          ...(line.by === undefined ? {} : { model: line.by.model }),
          words: line.words.map((word) => ({
            text: word.word,
            start_ms: since(word.startMs),
            end_ms: since(word.endMs),
          })),
        })),
      };
    }),
  };
}
