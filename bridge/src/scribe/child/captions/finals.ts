import { UTTERANCE_SAMPLE_RATE, type CaptionText } from '../../../transcription/index.ts';

/**
 * Final texts that are still to come, of everybody in one call. They wait for as long as it takes; those of one track are asked for one
 * at a time, so that they come in their order.
 */
export interface Finals {
  /** @returns undefined when there will be none: it was refused, or so much waits that the oldest had to go */
  ask(speaker: string, pcm: Int16Array, caption: AskForText): Promise<CaptionText | undefined>;
  /** Since when the oldest of them is waited for. */
  waitingSinceMs(): number | undefined;
  /** What waits is not asked for any more. @param speaker only theirs */
  forget(speaker?: string): void;
  /** Nothing more is asked for. */
  close(): void;
}

type AskForText = (pcm: Int16Array) => Promise<CaptionText | undefined>;

export interface FinalsOptions {
  /** Sound that may wait, in ms of it: 32 kB for each second. */
  readonly mostMs: number;
  readonly now: () => number;
}

interface Waiting {
  readonly speaker: string;
  readonly pcm: Int16Array;
  readonly caption: AskForText;
  readonly sinceMs: number;
  readonly answer: (text: CaptionText | undefined | Promise<CaptionText | undefined>) => void;
}

export function createFinals({ mostMs, now }: FinalsOptions): Finals {
  let waiting: Waiting[] = [];
  /** Asked for now: one of each speaker. */
  const asked = new Map<string, Waiting>();
  let closed = false;

  const waitsMs = (): number =>
    waiting.reduce((samples, { pcm }) => samples + pcm.length, 0) / (UTTERANCE_SAMPLE_RATE / 1000);

  const pump = (): void => {
    for (const one of waiting) {
      if (asked.has(one.speaker)) continue;
      asked.set(one.speaker, one);
      const answered = one.caption(one.pcm).finally(() => {
        asked.delete(one.speaker);
        pump();
      });
      one.answer(answered);
    }
    waiting = waiting.filter((one) => asked.get(one.speaker) !== one);
  };

  const forget = (speaker?: string): void => {
    const isMeant = (one: Waiting): boolean => speaker === undefined || one.speaker === speaker;
    const meant = waiting.filter(isMeant);
    waiting = waiting.filter((one) => !isMeant(one));
    for (const { answer } of meant) answer(undefined);
  };

  return {
    ask: (speaker, pcm, caption) =>
      new Promise((answer) => {
        if (closed) {
          answer(undefined);
          return;
        }
        waiting.push({ speaker, pcm, caption, sinceMs: now(), answer });
        pump();
        while (waitsMs() > mostMs) waiting.shift()?.answer(undefined);
      }),
    waitingSinceMs: () => {
      const since = [...asked.values(), ...waiting].map(({ sinceMs }) => sinceMs);
      return since.length === 0 ? undefined : Math.min(...since);
    },
    forget,
    close: () => {
      closed = true;
      forget();
    },
  };
}
