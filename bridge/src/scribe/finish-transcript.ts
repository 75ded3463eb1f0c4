import { RESULT_BLOCK, transcriptBlockSchema } from '@palabre/protocol';
import * as z from 'zod';
import {
  resultFileName,
  textsFor,
  transcriptFile,
  transcriptFileMessage,
  transcriptMessages,
  type TranscriptFacts,
} from '../publishing/index.ts';
import { majorityLanguage } from '../summary/index.ts';
import { documentOf, enginesOf, gapsWithin, paragraphsOf, webVttOf, type AbsoluteGap } from '../transcription/index.ts';
import { finishMinutes } from './finish-minutes.ts';
import { happenedIn } from './happened.ts';
import { allHeardIn, gapsOf, notKeptOf, postFile, uploadOnce, type Context, type HeardInWindow } from './results.ts';

/** What is posted of a transcript. */
const writtenSchema = z.object({
  // Written by ourselves.
  facts: z.custom<TranscriptFacts>((value) => typeof value === 'object'),
  messages: z.array(z.record(z.string(), z.unknown())),
  txt: z.string(),
  vtt: z.string(),
  json: z.string(),
});
type Written = z.infer<typeof writtenSchema>;

const FILES = [
  { format: 'txt', mimetype: 'text/plain' },
  { format: 'vtt', mimetype: 'text/vtt' },
  { format: 'json', mimetype: 'application/json' },
] as const;

async function write(context: Context, { lines, missing }: HeardInWindow, root: string): Promise<Written> {
  const { deps, run, window } = context;
  const { language } = deps;
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
  return {
    facts,
    messages: transcriptMessages(paragraphs, facts, root, language, marks),
    txt: transcriptFile(paragraphs, facts, language, marks),
    vtt: webVttOf(lines, window.startMs, textsFor(language).engines(facts.provenance ?? [])),
    json: JSON.stringify(documentOf(lines, { ...facts, marks })),
  };
}

/** Posts what was said: to read, as files, and as minutes. */
export async function finishTranscript(context: Context): Promise<void> {
  const { deps, voice, job, window, segments } = context;
  const { language } = deps;
  if (segments.length === 0) {
    await voice.notice(`${job.id}:never`, 'scribe_failed', 'error');
    return;
  }
  const heard = await allHeardIn(context);
  const root = await voice.root();
  // Written once: what is posted after a crash must go on where the parts end that are in the room already.
  const written = await voice.once(`${job.id}:written`, writtenSchema, () => write(context, heard, root));
  /** By when it was said and by whom. */
  const messageOf = new Map<string, string>();
  for (const [index, content] of written.messages.entries()) {
    const eventId = await voice.post(`${job.id}:text:${index}`, () => content);
    const { lines: told = [] } = transcriptBlockSchema.parse(content[RESULT_BLOCK]);
    for (const line of told) messageOf.set(`${line.start_ms} ${line.user_id}`, eventId);
  }

  for (const { format, mimetype } of FILES) {
    const name = resultFileName('transcript', window.startMs, format, language);
    const source = Buffer.from(written[format]);
    await postFile(context, `${job.id}:${format}`, async () => {
      const upload = { source, bytes: source.length, contentType: mimetype };
      const uploaded = await uploadOnce(context, `${job.id}:${format}:upload`, upload);
      return transcriptFileMessage(format, { name, mimetype, bytes: source.length }, uploaded, written.facts, root);
    });
  }

  const { lines, missing } = heard;
  await finishMinutes(context, paragraphsOf(lines), majorityLanguage(lines) ?? language, (startMs, userId) =>
    messageOf.get(`${startMs} ${userId}`),
  );
  if (missing.length > 0) await voice.notice(`${job.id}:speech`, 'speech_unavailable', 'warning');
}
