import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transcriptFile, transcriptMessages } from '../../bridge/src/publishing/index.ts';
import { createSealer, newMeetingKey } from '../../bridge/src/scribe/sealing.ts';
import { createDatabase } from '../../bridge/src/storage/index.ts';
import {
  createEngines,
  createTranscriber,
  createTranscriptionStore,
  createUtteranceCutter,
  FRAME_MS,
  paragraphsOf,
  transcriptionMigrations,
  webVttOf,
  type NamedLine,
  type TranscriptionTables,
} from '../../bridge/src/transcription/index.ts';
import { createLog, parseConfig, speechSchema } from '../../bridge/src/operations/index.ts';
import { installedTools } from '../../scripts/stack/installed.mjs';
import { choosePorts } from '../../scripts/stack/ports.mjs';
import { createPostgres } from '../../scripts/stack/postgres.mjs';
import { createSpeech, speechEngines } from '../../scripts/stack/speech.mjs';
import { wordErrorRate, wordsOf } from '../words/word-errors.ts';
import { cpuSeconds, numberOption, progress, report } from './harness.ts';
import { createMicrophone, fourPeople, SAMPLE_RATE, turnsOf, type Turn } from './long-meeting.ts';

/**
 * Four people speak for an hour (`--minutes=60`), each on their own track, two English and two French, as fast as the pipeline takes
 * it: sound → utterances → PostgreSQL → speech server → lines → everything that is posted. Without homeserver, SFU and browsers.
 */
const MINUTES = numberOption('minutes', 60);
const FRAME_SAMPLES = (SAMPLE_RATE * FRAME_MS) / 1000;
/** In a call nobody is so far ahead of the engine: a run keeps a few hundred at most. */
const MOST_WAITING = 40;
const RUN = 'bench';
const SETTLE_LIMIT_MS = 120_000;
const ZERO_MS = Date.UTC(2026, 0, 5, 9);

const megabytes = (bytes: number) => Math.round(bytes / 1_000_000);

/** Most memory a process has had, in bytes. */
function peakBytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? NaN) * 1024;
}

interface Judged {
  readonly words: number;
  readonly errors: number;
  /** What this turn's speaker is said to have said then is about what they said. */
  readonly right: boolean;
}

/** Lines whose middle lies in the turn belong to it. */
function judge({ speaker, sentence, startMs }: Turn, lines: readonly NamedLine[]): Judged {
  const { prompt } = sentence;
  const said = lines.filter((line) => {
    const middleMs = (line.startMs + line.endMs) / 2 - ZERO_MS;
    return line.userId === speaker.userId && middleMs >= startMs && middleMs < startMs + prompt.durationMs + 300;
  });
  const rate = wordErrorRate(prompt.text, said.map(({ text }) => text).join(' '));
  const { length: words } = wordsOf(prompt.text);
  return { words, errors: rate * words, right: rate < 0.5 };
}

interface Place {
  readonly databaseUrl: string;
  readonly speechUrl: string;
  readonly speechKey: string;
  readonly speechPid: number;
}

/** What the scribe makes of what was heard, as far as it is the same in every room. */
function textsOf(lines: readonly NamedLine[], durationMs: number): readonly unknown[] {
  const paragraphs = paragraphsOf(lines);
  const facts = { meeting_id: RUN, started_ms: ZERO_MS, duration_ms: durationMs, model: 'base', gaps: [] };
  return [
    transcriptMessages(paragraphs, facts, '$thread', 'en'),
    transcriptFile(paragraphs, facts, 'en'),
    webVttOf(lines, ZERO_MS),
  ];
}

async function measure({ databaseUrl, speechUrl, speechKey, speechPid }: Place): Promise<void> {
  const durationMs = MINUTES * 60_000;
  const speakers = fourPeople();
  const turns = turnsOf(speakers, durationMs);
  const log = createLog('silent', speechKey);
  const database = await createDatabase(databaseUrl, { transcription: transcriptionMigrations }, log);
  const store = createTranscriptionStore(database.$extendTables<TranscriptionTables>());
  const now = () => Date.now();
  const configured = speechEngines(
    { baseUrl: speechUrl, apiKey: speechKey, operator: 'the bench' },
    { model: 'base', lastResortModel: undefined },
  );
  const troubles: string[] = [];
  const transcriber = createTranscriber({
    store,
    speech: createEngines(parseConfig(speechSchema, configured, 'the bench'), now, () =>
      troubles.push('an engine was left out'),
    ),
    concurrency: 2,
    now,
    onTrouble: (message) => troubles.push(message),
  });
  const sealer = createSealer(newMeetingKey());
  transcriber.open(RUN, sealer, () => troubles.push('nothing was heard for long'));
  const tracks = speakers.map((speaker, index) => ({
    userId: speaker.userId,
    microphone: createMicrophone(
      turns.filter((turn) => turn.speaker === speaker),
      index,
    ),
    cutter: createUtteranceCutter(),
  }));

  let utterances = 0;
  /** The last one is what somebody was saying when the transcription was stopped. */
  let held: (() => Promise<void>) | undefined;
  const rssMb: number[] = [];
  const cpuBefore = { bridge: process.cpuUsage(), speech: cpuSeconds(speechPid) };
  const startedMs = performance.now();
  for (let atMs = 0; atMs < durationMs; atMs += FRAME_MS) {
    for (const { userId, microphone, cutter } of tracks) {
      const cut = cutter.push(microphone(atMs, FRAME_SAMPLES), ZERO_MS + atMs + FRAME_MS);
      if (cut === undefined) continue;
      const { pcm, ...times } = cut;
      utterances += 1;
      const id = `${RUN}-${String(utterances)}`;
      await held?.();
      held = () => transcriber.add({ id, runId: RUN, userId, ...times }, pcm);
      while ((await store.pendingCount(RUN, Infinity)) > MOST_WAITING) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    if (atMs % (durationMs / 10) < FRAME_MS) {
      progress(`${String(Math.round(atMs / 60_000))} of ${String(MINUTES)} minutes`);
      rssMb.push(megabytes(process.memoryUsage.rss()));
    }
  }
  await transcriber.settle(RUN, Infinity, SETTLE_LIMIT_MS);
  const stoppedMs = performance.now();
  await held?.();
  await transcriber.settle(RUN, Infinity, SETTLE_LIMIT_MS);
  const heard = await store.heard(sealer, RUN, { startMs: 0, endMs: Infinity });
  const lines = heard.lines.map((line) => ({ ...line, name: line.userId }));
  const texts = textsOf(lines, durationMs);
  const endedMs = performance.now();
  const cpu = process.cpuUsage(cpuBefore.bridge);
  const speechSeconds = cpuSeconds(speechPid) - cpuBefore.speech;
  await transcriber.stop();
  await database.destroy();

  const judged = turns.map((turn) => ({ language: turn.speaker.language, ...judge(turn, lines) }));
  const errorPercent = (language: string): number => {
    const ours = judged.filter((one) => one.language === language);
    const sum = (of: 'errors' | 'words') => ours.reduce((total, one) => total + one[of], 0);
    return Math.round((1000 * sum('errors')) / sum('words')) / 10;
  };
  const wallSeconds = (endedMs - startedMs) / 1000;
  const speed = durationMs / 1000 / wallSeconds;
  report({
    bench: 'transcript',
    unit: 'times real time',
    samples: [speed],
    value: speed,
    more: {
      minutes: MINUTES,
      seconds: Math.round(wallSeconds),
      turns: turns.length,
      turns_with_the_right_speaker: judged.filter(({ right }) => right).length,
      utterances,
      without_text: heard.missing.length,
      troubles,
      word_error_percent: { en: errorPercent('en'), fr: errorPercent('fr') },
      words: judged.reduce((total, { words }) => total + words, 0),
      // The last utterance heard, and everything made of an hour of lines; posting comes on top.
      stop_to_texts_ms: Math.round(endedMs - stoppedMs),
      texts_kb: Math.round(JSON.stringify(texts).length / 1000),
      rss_mb: {
        bench_each_tenth: rssMb,
        bench_max: megabytes(process.resourceUsage().maxRSS * 1024),
        speech_max: megabytes(peakBytes(speechPid)),
      },
      cpu_seconds: { speech: Math.round(speechSeconds), bench: Math.round((cpu.user + cpu.system) / 1_000_000) },
    },
  });
}

const dataDir = mkdtempSync(join(tmpdir(), 'palabre-bench-transcript-'));
// PostgreSQL and the speech server may run as other users.
chmodSync(dataDir, 0o755);
const tools = installedTools();
const { speechPython: python, model } = tools;
if (python === undefined || model === undefined) throw new Error('the speech server is not installed');
const ports = await choosePorts('any');
const speechKey = randomBytes(16).toString('hex');
const postgres = createPostgres({
  dataDir,
  port: ports.postgres,
  password: randomBytes(12).toString('hex'),
  logPath: join(dataDir, 'postgres.log'),
  onProgress: progress,
  throwAway: true,
});
const speech = createSpeech({
  python,
  models: { model, lastResortModel: undefined },
  port: ports.speech,
  apiKey: speechKey,
  logPath: join(dataDir, 'speech.log'),
  onProgress: progress,
});
try {
  await Promise.all([postgres.service.release(), speech.service.release()]);
  const speechPid = speech.service.pid();
  if (speechPid === undefined) throw new Error('the speech server is down');
  await measure({ databaseUrl: postgres.url, speechUrl: speech.url, speechKey, speechPid });
} finally {
  await speech.service.close();
  await postgres.service.close();
  rmSync(dataDir, { recursive: true, force: true });
}
