import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import startDatabase, { stopDatabase } from '../../scripts/testing/database.mjs';
import { createFakeOperations } from '../../bridge/src/operations/fake-operations.ts';
import { createSealer } from '../../bridge/src/scribe/sealing.ts';
import { createDatabase } from '../../bridge/src/storage/index.ts';
import { emptyDatabase } from '../../bridge/src/storage/test-database.ts';
import {
  createTranscriber,
  createTranscriptionStore,
  documentOf,
  paragraphsOf,
  transcriptionMigrations,
  UTTERANCE_SAMPLE_RATE,
  webVttOf,
} from '../../bridge/src/transcription/index.ts';
import type { TranscriptionTables } from '../../bridge/src/transcription/index.ts';
import { numberOption, progress, report } from './harness.ts';

/**
 * Memory of the bridge while four people talk for hours, and while their transcript is put together: the real store in a real
 * PostgreSQL, the real transcriber, an engine that answers at once. How well and how fast engines hear is measured elsewhere.
 */
const HOURS = numberOption('hours', 3);
const UTTERANCE_MS = 5_000;
const PAUSE_MS = 1_000;
const WORDS = 12;
const SAMPLE_EVERY = 100;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What is really held, in MB: objects, and bytes outside of the heap. */
async function heldMb(): Promise<number> {
  collect();
  // Bytes outside of the heap go a turn after the objects that held them.
  await new Promise((resolve) => setTimeout(resolve, 50));
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_000_000;
}

await startDatabase();
const database = await createDatabase(
  await emptyDatabase(),
  { transcription: transcriptionMigrations },
  createFakeOperations().log,
);
try {
  const store = createTranscriptionStore(database.$extendTables<TranscriptionTables>());
  const words = Array.from({ length: WORDS }, (_, index) => ({
    word: `word${index}`,
    startMs: (index * UTTERANCE_MS) / WORDS,
    endMs: ((index + 1) * UTTERANCE_MS) / WORDS,
  }));
  const transcriber = createTranscriber({
    store,
    speech: {
      transcribe: () =>
        Promise.resolve({
          text: words.map(({ word }) => word).join(' '),
          language: 'en',
          words,
          by: { model: 'none', place: 'loopback' },
          isLanguageFound: true,
        }),
      forget: () => undefined,
      close: () => undefined,
    },
    concurrency: 2,
    now: Date.now,
    onTrouble: (message) => progress(message),
  });
  const sealer = createSealer(randomBytes(32));
  transcriber.open('run', sealer, () => undefined);
  const zeroMs = Date.now();
  const count = Math.floor((HOURS * 3_600_000) / (UTTERANCE_MS + PAUSE_MS));
  const held: number[] = [];
  const pcm = Int16Array.from({ length: (UTTERANCE_SAMPLE_RATE * UTTERANCE_MS) / 1000 }, (_, i) => (i % 80) * 300);
  for (let index = 0; index < count; index += 1) {
    const startMs = zeroMs + index * (UTTERANCE_MS + PAUSE_MS);
    const utterance = { id: `u${index}`, runId: 'run', userId: `@talker-${index % 4}:x`, startMs, leadMs: 0 };
    await transcriber.add({ ...utterance, endMs: startMs + UTTERANCE_MS }, pcm.slice());
    if (index % SAMPLE_EVERY !== SAMPLE_EVERY - 1) continue;
    await transcriber.settle('run', Infinity, 60_000);
    held.push(await heldMb());
    progress(`${((index * (UTTERANCE_MS + PAUSE_MS)) / 60_000).toFixed(0)} min: ${held.at(-1)?.toFixed(1) ?? ''} MB`);
  }
  await transcriber.settle('run', Infinity, 60_000);
  const window = { startMs: zeroMs, endMs: zeroMs + HOURS * 3_600_000 };
  const before = await heldMb();
  const { lines } = await store.heard(sealer, 'run', window);
  const named = lines.map((line) => ({ ...line, name: line.userId }));
  const facts = { meeting_id: 'm', started_ms: zeroMs, duration_ms: 0, model: 'none', gaps: [], marks: [] };
  const made = {
    paragraphs: paragraphsOf(named),
    json: JSON.stringify(documentOf(named, facts)),
    vtt: webVttOf(named, zeroMs),
  };
  const during = await heldMb();
  const sizes = { json_bytes: made.json.length, vtt_bytes: made.vtt.length, lines: made.paragraphs.length };
  const middle = Math.floor(held.length / 2);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  report({
    bench: 'transcript-memory',
    unit: 'MB per hour',
    samples: [(mean(held.slice(middle)) - mean(held.slice(0, middle))) / (HOURS / 2)],
    more: {
      hours: HOURS,
      utterances: count,
      held_mb: { first: held[0], last: held.at(-1) },
      assembling_mb: during - before,
      ...sizes,
    },
  });
  await transcriber.stop();
} finally {
  await database.destroy();
  await stopDatabase();
}
