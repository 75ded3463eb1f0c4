import { CAPTION_ATTRIBUTES, captionAttributesSchema, sameTransport } from '@palabre/protocol';

/** What one person said in one breath, as far as it is known. */
export interface CaptionLine {
  readonly id: string;
  readonly userId: string | undefined;
  /** As the call shows the speaker; absent when they left before we came. */
  readonly name: string | undefined;
  readonly self: boolean;
  /** Wall clock of the scribe. */
  readonly startedMs: number;
  /** Our own wall clock. */
  readonly changedMs: number;
  readonly text: string;
  readonly final: boolean;
  readonly language: string | undefined;
}

/** A text stream on the captions' topic, whoever sent it. */
export interface CaptionStream {
  readonly senderIdentity: string;
  /** Token service of the SFU it came over. */
  readonly serviceUrl: string;
  /** It was encrypted with the sender's media key, and could be decrypted. */
  readonly encrypted: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Who sends a stream, and how: known before its text is. */
export type CaptionSender = Pick<CaptionStream, 'senderIdentity' | 'serviceUrl' | 'encrypted'>;

/** A scribe that is in the call, on the SFU of a deployment that may send it. */
export interface ScribeSeat {
  readonly identity: string;
  readonly serviceUrl: string;
}

/**
 * May this be shown as what somebody said? Anybody in the call can send on the topic: only a scribe counts, and in an encrypted
 * call only what was encrypted, because everything else is the word of the SFU.
 */
export function believesCaption(
  stream: CaptionSender,
  scribes: readonly ScribeSeat[],
  encryptedCall: boolean,
): boolean {
  if (encryptedCall && !stream.encrypted) return false;
  return scribes.some(
    (scribe) => scribe.identity === stream.senderIdentity && sameTransport(scribe.serviceUrl, stream.serviceUrl),
  );
}

/** An hour of lively talk; older lines go. */
const MOST_LINES = 1_000;

export interface Speaker {
  readonly userId: string;
  readonly name: string;
  readonly self: boolean;
}

/** Takes a stream into the lines: interim text is replaced in place, an empty final takes it back. Pure. */
export function withCaption(
  lines: readonly CaptionLine[],
  { serviceUrl, attributes, text }: Pick<CaptionStream, 'serviceUrl' | 'attributes' | 'text'>,
  speakerOf: (identity: string) => Speaker | undefined,
  nowMs: number,
): readonly CaptionLine[] {
  const parsed = captionAttributesSchema.safeParse(attributes);
  if (!parsed.success) return lines;
  // Each scribe counts for itself: another one's sentence is not its to replace.
  const id = `${serviceUrl} ${parsed.data[CAPTION_ATTRIBUTES.segment]}`;
  const known = lines.findIndex((line) => line.id === id);
  const final = parsed.data[CAPTION_ATTRIBUTES.final] === 'true';
  // An interim text that was on its way when the final one was sent.
  if (lines[known]?.final === true) return lines;
  const others = known === -1 ? lines : lines.toSpliced(known, 1);
  if (text.trim() === '') return final ? others : lines;
  const speaker = speakerOf(parsed.data[CAPTION_ATTRIBUTES.speaker]);
  const line: CaptionLine = {
    id,
    userId: speaker?.userId,
    name: speaker?.name,
    self: speaker?.self ?? false,
    startedMs: lines[known]?.startedMs ?? Number(parsed.data[CAPTION_ATTRIBUTES.startedMs]),
    changedMs: nowMs,
    text: text.trim(),
    final,
    language: parsed.data[CAPTION_ATTRIBUTES.language],
  };
  if (known !== -1) return lines.with(known, line);
  const after = others.findLastIndex(({ startedMs }) => startedMs <= line.startedMs);
  return others.toSpliced(after + 1, 0, line).slice(-MOST_LINES);
}
