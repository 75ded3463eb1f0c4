import { rm, writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { meet, makeRoom } from '../fixtures/meeting.ts';
import type { Actor } from '../fixtures/cast.ts';
import { bridgeProcesses, phaseReached, startWork, stopWork } from '../fixtures/scribe.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { ofKind, waitForResults } from '../matrix/results.ts';
import type { StackControl } from '../stack/control-client.ts';
import { probe } from '../media/recordings.ts';
import { promptNamed, say } from '../words/prompts.ts';
import { cpuSeconds, memoryBytes, numberOption, onGround, progress, report } from './harness.ts';
import type { Ground } from './harness.ts';

/**
 * One 720p recording of two people with cameras: the processors and the most memory that its whole tree takes (scribe child, Chromium,
 * ffmpeg), the time from the click to the first picture, and from the stop to the message in the room. `--seconds=600` for a long one.
 * The click comes when the call has gone on for a while; in one round more it comes at once, before a scribe waits for it. Afterwards
 * as many meetings are transcribed: the time from the stop, right after somebody's last word, to the transcript in the room.
 */
const ROUNDS = numberOption('n', 3);
const SECONDS = numberOption('seconds', 30);
/** What is begun for a recording is not counted to its running. */
const SETTLED_MS = 4_000;
/** Of a call in which a scribe waits, and no longer of one that loads. */
const QUIET_CORES = 0.15;
const WAITS_WITHIN_MS = 40_000;

const megabytes = (bytes: number) => Math.round(bytes / 1_000_000);

interface Round {
  readonly cores: number;
  readonly peakBytes: number;
  readonly startMs: number;
  readonly postedMs: number;
  readonly bytes: number;
  readonly durationMs: number;
}

/** CPU seconds and memory of everything below the bridge. Those that end meanwhile keep the seconds that were seen of them. */
function createMeter(pids: () => Promise<readonly number[]>) {
  const first = new Map<number, number>();
  const last = new Map<number, number>();
  let peakBytes = 0;
  return {
    async look(): Promise<void> {
      let bytes = 0;
      for (const pid of await pids()) {
        try {
          const used = cpuSeconds(pid);
          if (!first.has(pid)) first.set(pid, used);
          last.set(pid, used);
          bytes += memoryBytes(pid);
        } catch (error) {
          // It has ended.
          if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
        }
      }
      peakBytes = Math.max(peakBytes, bytes);
    },
    /** Of all together, at the look that found most. */
    peakBytes: () => peakBytes,
    seconds: (): number => [...last].reduce((sum, [pid, used]) => sum + used - (first.get(pid) ?? 0), 0),
  };
}

/** A scribe and its browser are up, and have loaded what they need. */
async function scribeWaits(stack: StackControl): Promise<void> {
  const giveUpMs = Date.now() + WAITS_WITHIN_MS;
  while (Date.now() < giveUpMs) {
    const meter = createMeter(() => bridgeProcesses(stack, /scribe\/child|chrom/));
    await meter.look();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await meter.look();
    const isUp = (await bridgeProcesses(stack, /--type=renderer/)).length > 0;
    if (isUp && meter.seconds() < QUIET_CORES) return;
  }
  throw new Error('no scribe waits: has this machine less free memory than that takes?');
}

/** From the click on stop, after two people's last words, to the transcript that people read. */
async function transcriptPostedMs(stack: StackControl, alice: Actor, bob: Actor): Promise<number> {
  const room = await makeRoom(stack, alice, [bob]);
  const reader = createPlainReader(alice.matrix, room.roomId);
  const calls = await meet(room, alice, bob);
  const [aliceCall, bobCall] = calls;
  await startWork(stack, room.roomId, 'transcription', aliceCall, calls);
  await say(bobCall.frame, promptNamed('fr-privacy-prompt'));
  await say(aliceCall.frame, promptNamed('en-ss-noservice'));
  const stoppedMs = await aliceCall.press('transcribe');
  const { block } = await waitForResults(
    reader,
    (results) => ofKind(results, 'transcript').find((result) => result.block.format === 'text'),
    120_000,
    50,
  );
  const postedMs = Date.now() - stoppedMs;
  const heard = new Set((block.lines ?? []).map((line) => line.user_id));
  if (heard.size < 2) throw new Error('the transcript lacks somebody');
  for (const call of calls) await call.leave();
  return Math.round(postedMs);
}

async function measure({ stack, cast }: Ground): Promise<void> {
  const camera = { toneAtStart: false, framesPerSecond: 24 };
  const alice = await cast.actor('alice', { media: camera });
  const bob = await cast.actor('bob', { media: camera });
  const folder = await mkdtemp(join(tmpdir(), 'palabre-recording-bench-'));
  const rounds: Round[] = [];
  let startAtOnceMs = NaN;
  for (let round = 0; round <= ROUNDS; round += 1) {
    const atOnce = round === ROUNDS;
    const room = await makeRoom(stack, alice, [bob]);
    const reader = createPlainReader(alice.matrix, room.roomId);
    const calls = await meet(room, alice, bob);
    const [aliceCall] = calls;
    if (!atOnce) await scribeWaits(stack);
    const pressedMs = await aliceCall.press('record');
    const sinceMs = (await phaseReached(stack, room.roomId, 'recording', 'on')) ?? NaN;
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    const meter = createMeter(() => bridgeProcesses(stack, /./));
    await meter.look();
    const beganMs = Date.now();
    while (Date.now() - beganMs < SECONDS * 1_000) {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      await meter.look();
    }
    const cores = meter.seconds() / ((Date.now() - beganMs) / 1_000);
    const peakBytes = meter.peakBytes();
    const stoppedMs = await stopWork('recording', aliceCall, calls);
    const { content, block } = await waitForResults(reader, (results) => ofKind(results, 'recording')[0], 120_000, 50);
    const postedMs = Date.now() - stoppedMs;
    const film = await reader.file(content);
    const path = join(folder, 'film.mp4');
    await writeFile(path, film);
    const { durationMs } = await probe(path);
    for (const call of calls) await call.leave();
    const measured = { cores, peakBytes, startMs: sinceMs - pressedMs, postedMs, bytes: film.length, durationMs };
    if (atOnce) startAtOnceMs = measured.startMs;
    else rounds.push(measured);
    progress(
      `round ${round + 1}${atOnce ? ' (at once)' : ''}: ${cores.toFixed(2)} cores, ${megabytes(peakBytes)} MB, started in ${Math.round(sinceMs - pressedMs)} ms, posted in ${postedMs} ms, film of ${Math.round(durationMs / 1_000)} s (the message says ${Math.round(block.duration_ms / 1_000)} s)`,
    );
  }
  await rm(folder, { recursive: true });
  const transcripts: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    transcripts.push(await transcriptPostedMs(stack, alice, bob));
    progress(`transcript ${round + 1}: posted in ${transcripts.at(-1) ?? NaN} ms`);
  }
  const of = (pick: (round: Round) => number) => rounds.map((round) => Math.round(pick(round)));
  const samples = rounds.map(({ cores }) => Math.round(cores * 100) / 100);
  report({
    bench: 'recording',
    unit: 'cores',
    samples,
    value: samples.reduce((sum, each) => sum + each, 0) / samples.length,
    more: {
      start_ms: Math.max(...of(({ startMs }) => startMs)),
      start_at_once_ms: Math.round(startAtOnceMs),
      starts_ms: of(({ startMs }) => startMs),
      cores: samples,
      peak_mb: megabytes(Math.max(...rounds.map(({ peakBytes }) => peakBytes))),
      peaks_mb: rounds.map(({ peakBytes }) => megabytes(peakBytes)),
      posted_ms: Math.max(...of(({ postedMs }) => postedMs)),
      posts_ms: of(({ postedMs }) => postedMs),
      transcript_posted_ms: Math.max(...transcripts),
      transcript_posts_ms: transcripts,
      seconds: SECONDS,
      film_ms: of(({ durationMs }) => durationMs),
      film_bytes: of(({ bytes }) => bytes),
      cameras: 2,
    },
  });
}

await onGround(measure, { speech: true });
