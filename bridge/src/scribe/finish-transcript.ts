import { RESULT_BLOCK, transcriptBlockSchema } from '@palabre/protocol';
import { textsFor, transcriptFile, transcriptFileMessage, transcriptMessages } from '../publishing/index.ts';
import { majorityLanguage } from '../summary/index.ts';
import { documentOf, enginesOf, gapsWithin, paragraphsOf, webVttOf, type AbsoluteGap } from '../transcription/index.ts';
import { finishMinutes } from './finish-minutes.ts';
import { happenedIn } from './happened.ts';
import { gapsOf, heardIn, notKeptOf, postFile, uploadOnce, type Context, type HeardInWindow } from './results.ts';

/** What was said is kept, and no speech engine works: the transcript comes when one is back. */
export class SpeechStaysAway extends Error {
  override readonly name = 'SpeechStaysAway';
}

/** What has no text by then is named as missing. */
const LONGEST_WAIT_MS = 6 * 60 * 60_000;

/** @throws SpeechStaysAway while there is hope for the rest */
async function wholeOf(context: Context): Promise<HeardInWindow> {
  const { deps, run, job, window } = context;
  const heard = await heardIn(context);
  if (!heard.waits) return heard;
  if (deps.now() - (job.stoppedMs ?? window.endMs) < LONGEST_WAIT_MS) throw new SpeechStaysAway();
  await deps.transcriber?.giveUp(run.id, window.endMs);
  return heardIn(context);
}

/** Posts what was said: to read, as files, and as minutes. */
export async function finishTranscript(context: Context): Promise<void> {
  const { deps, run, voice, job, window, segments } = context;
  const { language } = deps;
  if (segments.length === 0) {
    await voice.notice(`${job.id}:never`, 'scribe_failed', 'error');
    return;
  }
  const { lines, missing } = await wholeOf(context);
  const unheard = missing.map((span): AbsoluteGap => ({ ...span, reason: 'speech_unavailable' }));
  const gaps = gapsWithin([...(await gapsOf(context)), ...unheard], window);
  const paragraphs = paragraphsOf(lines);
  const marks = await happenedIn(context);
  const facts = {
    meeting_id: run.meetingId,
    started_ms: Math.round(window.startMs),
    duration_ms: Math.round(window.endMs - window.startMs),
    ...enginesOf(lines, deps.speechModel),
    gaps,
    ...(await notKeptOf(context)),
  };
  const texts = textsFor(language);

  const root = await voice.root();
  const messages = transcriptMessages(paragraphs, facts, root, language, marks);
  /** By when it was said and by whom. */
  const messageOf = new Map<string, string>();
  for (const [index, content] of messages.entries()) {
    const eventId = await voice.post(`${job.id}:text:${index}`, () => content);
    const { lines: told = [] } = transcriptBlockSchema.parse(content[RESULT_BLOCK]);
    for (const line of told) messageOf.set(`${line.start_ms} ${line.user_id}`, eventId);
  }

  const files = [
    {
      format: 'txt',
      name: texts.transcriptFile,
      mimetype: 'text/plain',
      text: transcriptFile(paragraphs, gaps, window.startMs, language, facts.provenance, facts.not_kept, marks),
    },
    { format: 'vtt', name: texts.captionsFile, mimetype: 'text/vtt', text: webVttOf(lines, window.startMs) },
    {
      format: 'json',
      name: texts.documentFile,
      mimetype: 'application/json',
      text: JSON.stringify(documentOf(lines, { ...facts, marks })),
    },
  ] as const;
  for (const { format, name, mimetype, text } of files) {
    const source = Buffer.from(text);
    await postFile(context, `${job.id}:${format}`, async () => {
      const upload = { source, bytes: source.length, contentType: mimetype };
      const uploaded = await uploadOnce(context, `${job.id}:${format}:upload`, upload);
      return transcriptFileMessage(format, { name, mimetype, bytes: source.length }, uploaded, facts, root);
    });
  }

  await finishMinutes(context, paragraphs, majorityLanguage(lines) ?? language, (startMs, userId) =>
    messageOf.get(`${startMs} ${userId}`),
  );
  if (missing.length > 0) await voice.notice(`${job.id}:speech`, 'speech_unavailable', 'warning');
}
