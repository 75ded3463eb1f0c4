import { createLanguageMemory, type LanguageMemory } from './languages.ts';
import type { Line } from './lines.ts';
import { SpeechUnavailable, type SpeechEngine, type SpokenText } from './speech.ts';
import type { PendingUtterance, Sealer, TranscriptionStore } from './store.ts';
import { UTTERANCE_SAMPLE_RATE } from './utterances.ts';
import { onVoice } from './word-times.ts';

/** Turns stored utterances into stored lines, and keeps at it while the speech engine is away. */
export interface Transcriber {
  /** Opens a run: utterances left by an earlier process are taken up. */
  open(runId: string, sealer: Sealer): void;
  /** Resolves once the utterance is safely stored. */
  add(utterance: PendingUtterance, pcm: Int16Array): Promise<void>;
  /**
   * Resolves when nothing that was said before `untilMs` is pending any more. If the engine stays away for `patienceMs`, what is
   * left of it is marked as missing.
   */
  settle(runId: string, untilMs: number, patienceMs: number): Promise<void>;
  close(runId: string): void;
  stop(): Promise<void>;
}

export interface TranscriberOptions {
  readonly store: TranscriptionStore;
  readonly engine: SpeechEngine;
  /** Requests at once; the embedded engine has two workers. */
  readonly concurrency: number;
  readonly now: () => number;
  readonly onTrouble: (message: string, error: unknown) => void;
}

/** Half an hour of speech waiting for an engine: more is not kept, and is named as missing. */
const MOST_PENDING = 300;
/** An utterance that fails so often is given up, so that it does not hold up the rest. */
const MOST_REJECTIONS = 2;
const BACKOFF_MS = [500, 1_000, 2_000, 4_000, 8_000];

interface Run {
  readonly sealer: Sealer;
  readonly languages: LanguageMemory;
}

export function createTranscriber(options: TranscriberOptions): Transcriber {
  const { store, engine, now } = options;
  const runs = new Map<string, Run>();
  const inFlight = new Map<string, Promise<void>>();
  const rejections = new Map<string, number>();
  let waiters: (() => void)[] = [];
  let failures = 0;
  let retryAtMs = 0;
  let retryTimer: NodeJS.Timeout | undefined;
  let filling: Promise<void> | undefined;
  /** Asked to fill so often: what comes while it is being done is done afterwards. */
  let requests = 0;
  let stopped = false;

  const wakeWaiters = (): void => {
    const woken = waiters;
    waiters = [];
    for (const wake of woken) wake();
  };

  /** Aligned words begin too early and end too late at pauses: the voice is the bound. */
  const lineOf = (utterance: PendingUtterance, pcm: Int16Array, spoken: SpokenText): Line => {
    const { userId, startMs, endMs, leadMs } = utterance;
    const within = (ms: number): number => Math.round(Math.min(endMs, Math.max(startMs, startMs - leadMs + ms)));
    return {
      userId,
      startMs,
      endMs,
      text: spoken.text,
      ...(spoken.language === undefined ? {} : { language: spoken.language }),
      words: onVoice(spoken.words, pcm, UTTERANCE_SAMPLE_RATE).map((word) => ({
        word: word.word,
        startMs: within(word.startMs),
        endMs: within(word.endMs),
      })),
    };
  };

  /** What the engine makes of it. Nothing in here asks the database: what fails, fails because of the engine or of this sound. */
  const hear = async (utterance: PendingUtterance, run: Run, pcm: Int16Array): Promise<Line | undefined> => {
    const lastsMs = utterance.endMs - utterance.startMs;
    const told = run.languages.tell(utterance.userId, lastsMs);
    const spoken = await engine.transcribe(pcm, UTTERANCE_SAMPLE_RATE, told);
    failures = 0;
    if (told === undefined) run.languages.learn(utterance.userId, lastsMs, spoken);
    return spoken.text === '' ? undefined : lineOf(utterance, pcm, spoken);
  };

  const work = async (utterance: PendingUtterance, run: Run): Promise<void> => {
    const pcm = await store.sound(run.sealer, utterance.id);
    if (pcm === undefined) {
      await store.missing(utterance.id);
      return;
    }
    let line: Line | undefined;
    try {
      line = await hear(utterance, run, pcm);
    } catch (error) {
      if (error instanceof SpeechUnavailable) {
        if (failures === 0) options.onTrouble('speech engine unavailable', error);
        retryAtMs = now() + (BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)] ?? 0);
        failures += 1;
        return;
      }
      const times = (rejections.get(utterance.id) ?? 0) + 1;
      rejections.set(utterance.id, times);
      if (times < MOST_REJECTIONS) return;
      options.onTrouble('an utterance cannot be transcribed', error);
      await store.missing(utterance.id);
      rejections.delete(utterance.id);
      return;
    }
    await store.done(run.sealer, utterance.id, line);
    rejections.delete(utterance.id);
  };

  const fill = async (): Promise<void> => {
    const waitMs = retryAtMs - now();
    if (waitMs > 0) {
      retryTimer ??= setTimeout(() => {
        retryTimer = undefined;
        pump();
      }, waitMs);
      return;
    }
    // After a failure one utterance probes; the others follow when it was heard.
    const room = (failures > 0 ? 1 : options.concurrency) - inFlight.size;
    if (room <= 0) return;
    const candidates = await store.pending([...runs.keys()], inFlight.size + room);
    // A successor may be at work on the same utterances by now.
    if (stopped) return;
    for (const utterance of candidates.filter(({ id }) => !inFlight.has(id)).slice(0, room)) {
      const run = runs.get(utterance.runId);
      if (run === undefined) continue;
      const job = work(utterance, run)
        .catch((error: unknown) => {
          retryAtMs = now() + 1_000;
          options.onTrouble('transcribing failed', error);
        })
        .finally(() => {
          inFlight.delete(utterance.id);
          wakeWaiters();
          pump();
        });
      inFlight.set(utterance.id, job);
    }
  };

  function pump(): void {
    requests += 1;
    if (stopped || filling !== undefined) return;
    const served = requests;
    filling = fill()
      .catch((error: unknown) => {
        retryAtMs = now() + 1_000;
        options.onTrouble('reading utterances failed', error);
        requests += 1;
      })
      .finally(() => {
        filling = undefined;
        if (requests !== served) pump();
      });
  }

  const changed = (withinMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, withinMs);
      waiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });

  return {
    open: (runId, sealer) => {
      if (!runs.has(runId)) runs.set(runId, { sealer, languages: createLanguageMemory() });
      pump();
    },
    add: async (utterance, pcm) => {
      const run = runs.get(utterance.runId);
      if (run === undefined) throw new Error('the run is not open');
      const kept = (await store.pendingCount(utterance.runId, Infinity)) < MOST_PENDING;
      await store.add(run.sealer, utterance, kept ? pcm : undefined);
      pump();
    },
    settle: async (runId, untilMs, patienceMs) => {
      pump();
      let awaySinceMs: number | undefined;
      for (;;) {
        if (stopped) throw new Error('transcribing has ended');
        if ((await store.pendingCount(runId, untilMs)) === 0) return;
        awaySinceMs = failures > 0 ? (awaySinceMs ?? now()) : undefined;
        if (awaySinceMs !== undefined && now() - awaySinceMs >= patienceMs) {
          const left = await store.pending([runId], MOST_PENDING * 2);
          for (const { id } of left.filter(({ startMs }) => startMs < untilMs)) await store.missing(id);
          return;
        }
        await changed(250);
      }
    },
    close: (runId) => {
      runs.delete(runId);
    },
    stop: async () => {
      stopped = true;
      await filling;
      clearTimeout(retryTimer);
      await Promise.allSettled(inFlight.values());
    },
  };
}
