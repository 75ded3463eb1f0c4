import { correctLines } from '@palabre/protocol';
import type { CorrectedLine, TranscriptLine } from '@palabre/protocol';
import { useEffect, useMemo, useState } from 'react';
import { correctionsIn, judged, questionsIn } from '../documents/index.ts';
import type { CorrectionItem, Judgement, ThreadItem } from '../documents/index.ts';
import type { WasModerator } from './surroundings.ts';

/** Lines as they read now. */
export interface Corrected {
  readonly lines: readonly CorrectedLine[];
  /** Corrections of which it could not be found out whether they count. */
  readonly unjudged: number;
  readonly judgeAgain: () => void;
}

/** Whether the senders were moderators when they sent. */
function useJudgements(
  wasModerator: WasModerator,
  questions: readonly CorrectionItem[],
): { readonly judgements: ReadonlyMap<string, Judgement>; readonly again: () => void } {
  const [judgements, setJudgements] = useState<ReadonlyMap<string, Judgement>>(new Map());
  useEffect(() => {
    let gone = false;
    for (const { id, sender, sentMs } of questions) {
      if (judgements.has(id)) continue;
      const note = (judgement: Judgement): void => {
        if (!gone) setJudgements((known) => new Map([...known, [id, judgement]]));
      };
      wasModerator(id, sender.userId, sentMs).then(note, () => note('failed'));
    }
    return () => {
      gone = true;
    };
  }, [wasModerator, questions, judgements]);
  return {
    judgements,
    again: () => setJudgements((known) => new Map([...known].filter(([, judgement]) => judgement !== 'failed'))),
  };
}

/**
 * @param wasModerator must stay the same function while its answers do
 * @param items the messages of the transcript's thread
 * @param eventIds the transcript's own messages
 * @param lines as they were posted
 */
export function useCorrections(
  wasModerator: WasModerator,
  items: readonly ThreadItem[],
  eventIds: ReadonlySet<string>,
  lines: readonly TranscriptLine[],
): Corrected {
  const corrections = useMemo(() => correctionsIn(items, eventIds, lines), [items, eventIds, lines]);
  const questions = useMemo(() => questionsIn(corrections, lines), [corrections, lines]);
  const { judgements, again } = useJudgements(wasModerator, questions);
  const corrected = useMemo(
    () => correctLines(lines, judged(corrections, judgements)),
    [lines, corrections, judgements],
  );
  return {
    lines: corrected,
    unjudged: questions.filter(({ id }) => judgements.get(id) === 'failed').length,
    judgeAgain: again,
  };
}
