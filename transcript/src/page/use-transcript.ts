import { transcriptDocumentSchema } from '@palabre/protocol';
import type { TranscriptBlock, TranscriptDocument, TranscriptMark } from '@palabre/protocol';
import { useEffect, useMemo, useState } from 'react';
import { partsOf, transcriptEventIds, transcriptFiles } from '../documents/index.ts';
import type { ThreadItem, TranscriptFile } from '../documents/index.ts';
import { useSurroundings, useTranscriptRoom } from './surroundings.ts';
import { useCorrections } from './use-corrections.ts';
import type { Utterances } from './said-at.ts';
import type { Corrected } from './use-corrections.ts';

export interface ShownTranscript extends Corrected {
  /** Of the first message of the transcript. */
  readonly eventId: string;
  readonly block: TranscriptBlock;
  readonly files: readonly TranscriptFile[];
  readonly marks: readonly TranscriptMark[];
  /** By the id of their line; nothing while the file for programs is not there. */
  readonly utterances: ReadonlyMap<string, Utterances>;
}

/** The file for programs: of a long transcript it holds what does not fit into messages. */
function useDocument(file: TranscriptFile | undefined): TranscriptDocument | undefined {
  const { media } = useSurroundings();
  const source = file?.attachment.source;
  const [loaded, setLoaded] = useState<{ readonly source: object; readonly document: TranscriptDocument }>();
  useEffect(() => {
    if (source === undefined) return undefined;
    const controller = new AbortController();
    media
      .load(source, 'application/json', { signal: controller.signal })
      .then(async (blob) => transcriptDocumentSchema.parse(JSON.parse(await blob.text())))
      .then(
        (document) => setLoaded({ source, document }),
        (error: unknown) => {
          // The messages hold what fits into them.
          if (!controller.signal.aborted) console.error(error);
        },
      );
    return () => controller.abort();
  }, [media, source]);
  return loaded?.source === source ? loaded?.document : undefined;
}

/**
 * A transcript as it reads now.
 * @param items the messages of its thread
 * @param eventId one of its messages
 * @returns undefined while that message is not there
 */
export function useTranscript(items: readonly ThreadItem[], eventId: string): ShownTranscript | undefined {
  const named = items.find((item) => item.id === eventId);
  const block = named?.kind === 'message' && named.block?.kind === 'transcript' ? named.block : undefined;
  const parts = useMemo(() => (block === undefined ? [] : partsOf(items, block)), [items, block]);
  const files = useMemo(() => (block === undefined ? [] : transcriptFiles(items, block)), [items, block]);
  const document = useDocument(files.find(({ format }) => format === 'json'));
  const lines = useMemo(() => document?.lines ?? parts.flatMap((part) => part.block.lines ?? []), [document, parts]);
  const marks = useMemo(() => document?.marks ?? parts.flatMap((part) => part.block.marks ?? []), [document, parts]);
  const utterances = useMemo(
    () => new Map((document?.lines ?? []).map((line) => [line.id, line.utterances])),
    [document],
  );
  const eventIds = useMemo(
    () => (block === undefined ? new Set<string>() : transcriptEventIds(items, block)),
    [items, block],
  );
  const corrected = useCorrections(useTranscriptRoom().wasModerator, items, eventIds, lines);
  const [first] = parts;
  if (first === undefined) return undefined;
  return {
    eventId: first.id,
    block: first.block,
    files,
    marks,
    utterances,
    ...corrected,
  };
}
