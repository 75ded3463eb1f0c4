import { setTimeout as sleep } from 'node:timers/promises';
import type { MeetingBlock, RoomMetadata } from '@palabre/protocol';
import { createTurns } from '../sfu/index.ts';
import type { RunDeps, RunFacts } from './deps.ts';
import type { Keeping } from './keeping.ts';
import { newsOfMeeting, type RunNews } from './meeting-news.ts';
import type { Patience } from './patience.ts';
import type { RoomVoice } from './room-voice.ts';
import type { LiveJob } from './segments.ts';
import type { KeptWork, What } from './store.ts';

/** What a run tells the room of its meeting: the message that the thread hangs on, brought up to date. */
export interface Teller {
  /** What comes back into the room, of all that is not about to stop. */
  readonly doing: () => KeptWork[];
  readonly news: () => RunNews;
  tell(): Promise<void>;
  /** Soon, since somebody answered whether they agree. */
  tellAnswers(): void;
  /** This run is over: the last word on the meeting is said by whoever of its runs is the last. */
  readonly tellEnd: () => Promise<void>;
  /** What was begun to be said, is. */
  settled(): Promise<void>;
}

interface TellerParts {
  readonly jobs: ReadonlyMap<What, LiveJob>;
  readonly recording: () => RoomMetadata['recording'];
  readonly consent: Keeping['asked'];
  readonly preparing: () => RunNews['preparing'];
  readonly voice: Pick<RoomVoice, 'meeting' | 'externs'>;
  /** No other run needs the scribe for this meeting. */
  readonly isAlone: () => boolean;
  readonly others: () => readonly RunNews[];
  readonly complain: Patience['complain'];
  readonly signal: AbortSignal;
}

export function createTeller(
  facts: RunFacts,
  { meetings, gatherMs }: Pick<RunDeps, 'meetings' | 'gatherMs'>,
  { jobs, recording, consent, preparing, voice, isAlone, others, complain, signal }: TellerParts,
): Teller {
  const doing = (): KeptWork[] =>
    [...jobs.values()].flatMap(({ phase, row: { what } }) => (phase === 'stopping' || what === 'captions' ? [] : what));

  /** How far the recording is, for the room. */
  const recordingNow = (): { readonly recording?: MeetingBlock['recording'] } => {
    const { phase, since_ms: since, elapsed_ms: elapsed } = recording();
    if (phase !== 'on' && phase !== 'paused') return {};
    return {
      recording: {
        phase,
        ...(since === undefined ? {} : { since_ms: since }),
        ...(elapsed === undefined ? {} : { elapsed_ms: elapsed }),
      },
    };
  };
  const news = (): RunNews => ({
    id: facts.id,
    doing: doing(),
    consent: consent(),
    preparing: preparing(),
    ...recordingNow(),
  });

  /** What was last begun to be said. */
  let telling: Promise<void> = Promise.resolve();
  const tell = (isLast = false): Promise<void> => {
    const told = newsOfMeeting([news(), ...others()]);
    // Everybody has left, and only results are still to come.
    const isLeft = told.doing.length === 0 && meetings.current(facts.roomId)?.id !== facts.meetingId;
    telling = voice
      .meeting({ ...told, over: isLast || isLeft })
      .then(async () => {
        // An edit of the message rings nowhere: who agreed to nothing because nobody asked must hear that it is asked now.
        if (doing().length > 0 && consent()?.forExterns === true) await voice.externs();
      })
      .catch((error: unknown) => complain('meeting message', error));
    return telling;
  };
  const gatherAnswers = createTurns(async () => {
    await sleep(gatherMs, undefined, { signal });
    if (doing().length > 0) await tell();
  });

  return {
    doing,
    news,
    tell: () => tell(),
    tellAnswers: () => {
      gatherAnswers(facts.id).catch((error: unknown) => complain('meeting message', error));
    },
    tellEnd: async () => {
      const isLast = isAlone();
      // Of a run that is yet to be taken up or opened nothing is known: it tells itself.
      if (isLast || others().length > 0) await tell(isLast);
    },
    settled: () => telling,
  };
}
