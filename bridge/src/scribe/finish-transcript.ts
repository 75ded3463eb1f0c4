import { RESULT_BLOCK, transcriptBlockSchema } from '@palabre/protocol';
import {
  resultFileName,
  textsFor,
  transcriptFile,
  transcriptFileMessage,
  transcriptMessages,
} from '../publishing/index.ts';
import { majorityLanguage } from '../summary/index.ts';
import { documentOf, enginesOf, gapsWithin, paragraphsOf, webVttOf, type AbsoluteGap } from '../transcription/index.ts';
import { finishMinutes } from './finish-minutes.ts';
import { happenedIn } from './happened.ts';
import { allHeardIn, gapsOf, notKeptOf, postFile, uploadOnce, type Context } from './results.ts';

/** Posts what was said: to read, as files, and as minutes. */
export async function finishTranscript(context: Context): Promise<void> {
  const { deps, run, voice, job, window, segments } = context;
  const { language } = deps;
  if (segments.length === 0) {
    await voice.notice(`${job.id}:never`, 'scribe_failed', 'error');
    return;
  }
  const { lines, missing } = await allHeardIn(context);
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
      mimetype: 'text/plain',
      text: transcriptFile(paragraphs, facts, language, marks),
    },
    {
      format: 'vtt',
      mimetype: 'text/vtt',
      text: webVttOf(lines, window.startMs, textsFor(language).engines(facts.provenance ?? [])),
    },
    {
      format: 'json',
      mimetype: 'application/json',
      text: JSON.stringify(documentOf(lines, { ...facts, marks })),
    },
  ] as const;
  for (const { format, mimetype, text } of files) {
    const name = resultFileName('transcript', window.startMs, format, language);
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
