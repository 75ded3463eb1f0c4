import {
  formatClock,
  KEPT_BLOCK,
  RESULT_BLOCK,
  type Gap,
  type Kept,
  type MeetingBlock,
  type NoticeBlock,
  type RecordingBlock,
  type ResultBlock,
  type TranscriptBlock,
  type TranscriptMark,
} from '@palabre/protocol';
import type { Paragraph } from '../transcription/index.ts';
import type { Uploaded } from './attachments.ts';
import { consentTextsFor } from './consent-texts.ts';
import { fitting, fittingGaps } from './event-size.ts';
import { escapeHtml } from './html.ts';
import { participantsText } from './people-text.ts';
import { whenText } from './result-files.ts';
import { sizeText, textsFor, type KeptWork, type RoomLanguage, type Texts } from './texts.ts';
import { entriesOf, markText, partsOf } from './transcript-entries.ts';

/** Contents of what is posted about one meeting: text for people, a block for programs, the thread they belong to. Pure. */

export type Content = Record<string, unknown>;

/** Relation of a message to the one that opened its thread. */
export function inThread(root: string): Content {
  return {
    'm.relates_to': {
      rel_type: 'm.thread',
      event_id: root,
      is_falling_back: true,
      'm.in_reply_to': { event_id: root },
    },
  };
}

/** A notice with its block, which pings nobody. */
export function message(body: string, html: string | undefined, block: ResultBlock): Content {
  return {
    msgtype: 'm.notice',
    body,
    ...(html === undefined ? {} : { format: 'org.matrix.custom.html', formatted_body: html }),
    // Nobody's phone rings because minutes name them.
    'm.mentions': {},
    [RESULT_BLOCK]: block,
  };
}

export interface MeetingState {
  readonly block: MeetingBlock;
  readonly doing: readonly KeptWork[];
  /** Where consent is asked: of those who are here, how many agreed to something and how many did not. */
  readonly consent?:
    | {
        readonly agreed: number;
        readonly others: number;
        /** Since when it is asked, in ms since the epoch. */
        readonly askedMs: number | undefined;
        /** It is asked because of them. */
        readonly forExterns: boolean;
      }
    | undefined;
}

function asksFor(language: RoomLanguage, { agreed, others, forExterns }: NonNullable<MeetingState['consent']>): string {
  const { asked, externs } = consentTextsFor(language);
  return [...(forExterns ? [externs] : []), asked(agreed, others)].join('\n');
}

/** Who did not agree to be in a result. */
function notKeptLines(count: number | undefined, what: KeptWork, language: RoomLanguage): string[] {
  return count === undefined || count === 0 ? [] : [consentTextsFor(language).notKept(count, what)];
}

function meetingText({ block, doing, consent }: MeetingState, language: RoomLanguage): string {
  const texts = textsFor(language);
  const preparing = [...new Set((block.preparing ?? []).map(({ what }) => texts.preparing[what]))];
  if (block.state === 'running') {
    const asked = consent === undefined || doing.length === 0 ? [] : [asksFor(language, consent)];
    return [texts.meetingRunning(doing, block.recording?.phase === 'paused'), ...preparing, ...asked].join('\n');
  }
  const duration = formatClock((block.ended_ms ?? block.started_ms) - block.started_ms);
  const names = participantsText(block, language);
  return [texts.meetingEnded(duration, names), ...preparing].join('\n');
}

/** An edit holds its text and its block twice. */
const MOST_PARTICIPANT_BYTES = 13_000;
const MOST_PREPARING = 20;

/** The block, without those whom one event cannot hold. */
function fittingMeeting({ participants, preparing, ...rest }: MeetingBlock): MeetingBlock {
  const { kept, left } = fitting(participants, MOST_PARTICIPANT_BYTES);
  return {
    ...rest,
    participants: [...kept],
    ...(left === 0 ? {} : { participants_left_out: left }),
    ...(preparing === undefined ? {} : { preparing: preparing.slice(0, MOST_PREPARING) }),
  };
}

/** The message that opens the thread. */
export function meetingMessage(state: MeetingState, language: RoomLanguage): Content {
  const block = fittingMeeting(state.block);
  return message(meetingText({ ...state, block }, language), undefined, block);
}

/** The same message as it reads now. */
export function meetingEdit(state: MeetingState, root: string, language: RoomLanguage): Content {
  const content = meetingMessage(state, language);
  return {
    ...content,
    body: `* ${String(content['body'])}`,
    'm.new_content': content,
    'm.relates_to': { rel_type: 'm.replace', event_id: root },
  };
}

function gapLines(gaps: readonly Gap[], texts: Texts): string[] {
  return gaps.map((gap) => texts.gap(formatClock(gap.start_ms), formatClock(gap.end_ms), gap.reason, gap.name));
}

/** Lines that stand in text and HTML. */
const MOST_LINE_BYTES = 2_000;

/** As many of them as fit into a message, and how many are missing. */
function fittingGapLines(gaps: readonly Gap[], texts: Texts): string[] {
  const { kept, left } = fitting(gapLines(gaps, texts), MOST_LINE_BYTES);
  return [...kept, ...(left === 0 ? [] : [texts.moreGaps(left)])];
}

/** Plain text of the whole transcript, as a file. */
export function transcriptFile(
  paragraphs: readonly Paragraph[],
  facts: TranscriptFacts,
  language: RoomLanguage,
  marks: readonly TranscriptMark[] = [],
): string {
  const { started_ms: zeroMs, duration_ms: durationMs, gaps, not_kept: notKept, provenance = [] } = facts;
  const texts = textsFor(language);
  const lines = entriesOf(paragraphs, marks, zeroMs).map((entry) => {
    if ('mark' in entry) return `[${formatClock(entry.mark.at_ms)}] (${markText(entry.mark, texts)})`;
    const { name, startMs, text } = entry.paragraph;
    return `[${formatClock(startMs - zeroMs)}] ${name}: ${text}`;
  });
  const head = [`${texts.transcriptTitle(1, 1)}, ${whenText(zeroMs, zeroMs + durationMs, language)}`, ''];
  const body = [...head, ...(paragraphs.length === 0 ? [texts.transcriptEmpty] : []), ...lines];
  const absent = [...gapLines(gaps, texts), ...notKeptLines(notKept, 'transcription', language)];
  const missing = absent.length === 0 ? [] : [`${texts.gapsTitle}:`, ...absent];
  return `${[...body, ...missing, ...texts.engines(provenance)].join('\n')}\n`;
}

const MOST_PARTS = 8;
/** In the block, in text and in HTML. */
const MOST_ENGINE_BYTES = 1_500;

export type TranscriptFacts = Omit<TranscriptBlock, 'kind' | 'format' | 'lines' | 'marks'> & {
  readonly started_ms: number;
};

/** Without what one event cannot hold; the JSON file has all of it. */
function fittingFacts(facts: TranscriptFacts): TranscriptFacts {
  const { provenance } = facts;
  return {
    ...facts,
    ...fittingGaps(facts.gaps),
    ...(provenance === undefined ? {} : { provenance: [...fitting(provenance, MOST_ENGINE_BYTES).kept] }),
  };
}

/** The readable transcript, in as many messages as it needs; a very long one ends with a word about the file. */
export function transcriptMessages(
  paragraphs: readonly Paragraph[],
  facts: TranscriptFacts,
  root: string,
  language: RoomLanguage,
  marks: readonly TranscriptMark[] = [],
): Content[] {
  const texts = textsFor(language);
  const zeroMs = facts.started_ms;
  const all = partsOf(entriesOf(paragraphs, marks, zeroMs), zeroMs, texts);
  const parts = all.slice(0, MOST_PARTS);
  const fitted = fittingFacts(facts);
  return parts.map((part, index) => {
    const isLast = index === parts.length - 1;
    const title = texts.transcriptTitle(index + 1, parts.length);
    const empty = paragraphs.length === 0 ? [texts.transcriptEmpty] : [];
    const rest = isLast && all.length > parts.length ? [texts.transcriptRest] : [];
    const missing = isLast
      ? [...fittingGapLines(facts.gaps, texts), ...notKeptLines(facts.not_kept, 'transcription', language)]
      : [];
    const engines = isLast ? texts.engines(fitted.provenance ?? []) : [];
    const body = [
      title,
      ...part.map(({ text }) => text),
      ...empty,
      ...rest,
      ...(missing.length === 0 ? [] : [`${texts.gapsTitle}:`, ...missing]),
      ...engines,
    ].join('\n\n');
    const html = [
      `<h4>${escapeHtml(title)}</h4>`,
      ...part.map((entry) => entry.html),
      ...[...empty, ...rest].map((text) => `<p><em>${escapeHtml(text)}</em></p>`),
      ...(missing.length === 0
        ? []
        : [
            `<p><strong>${escapeHtml(texts.gapsTitle)}</strong></p><ul>${missing.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`,
          ]),
      ...engines.map((text) => `<p><em>${escapeHtml(text)}</em></p>`),
    ].join('');
    const happened = part.flatMap(({ mark }) => mark ?? []);
    const block: TranscriptBlock = {
      kind: 'transcript',
      format: 'text',
      ...fitted,
      lines: part.flatMap(({ line }) => line ?? []),
      ...(happened.length === 0 ? {} : { marks: happened }),
    };
    return { ...message(body, html, block), ...inThread(root) };
  });
}

export interface FileFacts {
  readonly name: string;
  readonly mimetype: string;
  readonly bytes: number;
}

function fileContent(
  msgtype: 'm.file' | 'm.video' | 'm.audio',
  file: FileFacts,
  uploaded: Uploaded,
  info: Content,
): Content {
  return {
    msgtype,
    body: file.name,
    filename: file.name,
    info: { mimetype: file.mimetype, size: file.bytes, ...info },
    'm.mentions': {},
    ...uploaded,
  };
}

export function transcriptFileMessage(
  format: 'txt' | 'vtt' | 'json',
  file: FileFacts,
  uploaded: Uploaded,
  facts: TranscriptFacts,
  root: string,
): Content {
  const block: TranscriptBlock = { kind: 'transcript', format, ...fittingFacts(facts) };
  return { ...fileContent('m.file', file, uploaded, {}), [RESULT_BLOCK]: block, ...inThread(root) };
}

/** A picture that stands for a film until somebody plays it. */
export interface Thumbnail {
  readonly uploaded: Uploaded;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
}

function thumbnailInfo({ uploaded, bytes, width, height }: Thumbnail): Content {
  return {
    ...('url' in uploaded ? { thumbnail_url: uploaded.url } : { thumbnail_file: uploaded.file }),
    thumbnail_info: { mimetype: 'image/jpeg', size: bytes, w: width, h: height },
  };
}

function mediaInfo(
  { width, height, duration_ms: duration }: Omit<RecordingBlock, 'kind'>,
  poster?: Thumbnail,
): Content {
  return {
    ...(width === undefined ? {} : { w: width, h: height }),
    duration,
    ...(poster === undefined ? {} : thumbnailInfo(poster)),
  };
}

/** More than two hundred. */
const MOST_PAUSE_BYTES = 10_000;

/** Without what one event cannot hold. */
function fittingRecording({ pauses, ...rest }: Omit<RecordingBlock, 'kind'>): Omit<RecordingBlock, 'kind'> {
  const { kept, left } = fitting(pauses ?? [], MOST_PAUSE_BYTES);
  return {
    ...rest,
    ...fittingGaps(rest.gaps),
    ...(pauses === undefined ? {} : { pauses: [...kept] }),
    ...(left === 0 ? {} : { pauses_left_out: left }),
  };
}

/** What is not in a recording, under its title. */
function missingLines(facts: Omit<RecordingBlock, 'kind'>, language: RoomLanguage): string[] {
  const texts = textsFor(language);
  const missing = [...fittingGapLines(facts.gaps, texts), ...notKeptLines(facts.not_kept, 'recording', language)];
  return missing.length === 0 ? [] : [`${texts.gapsTitle}:`, ...missing];
}

export function recordingMessage(
  file: FileFacts & { readonly thumbnail: Thumbnail | undefined },
  uploaded: Uploaded,
  facts: Omit<RecordingBlock, 'kind'>,
  root: string,
  language: RoomLanguage,
): Content {
  const texts = textsFor(language);
  const block: RecordingBlock = { kind: 'recording', ...fittingRecording(facts) };
  const caption = [
    texts.recordingTitle(formatClock(facts.duration_ms), facts.pauses !== undefined),
    ...missingLines(facts, language),
  ].join('\n');
  const info = mediaInfo(facts, file.thumbnail);
  // With a filename, the body is a caption (spec, media captions).
  return {
    ...fileContent(facts.width === undefined ? 'm.audio' : 'm.video', file, uploaded, info),
    body: caption,
    [RESULT_BLOCK]: block,
    ...inThread(root),
  };
}

/** A recording that is too large to be attached: where it can be watched, and its key. */
export function keptRecordingMessage(
  { kept, link, thumbnail }: { readonly kept: Kept; readonly link: string; readonly thumbnail: Thumbnail | undefined },
  facts: Omit<RecordingBlock, 'kind'>,
  root: string,
  language: RoomLanguage,
): Content {
  const texts = textsFor(language);
  const block: RecordingBlock = { kind: 'recording', ...fittingRecording(facts) };
  const title = texts.recordingTitle(formatClock(facts.duration_ms), facts.pauses !== undefined);
  const where = texts.recordingKept(sizeText(kept.bytes, language));
  const missing = missingLines(facts, language);
  const html = [
    `<p>${escapeHtml(title)}<br>${escapeHtml(where)}<br><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></p>`,
    ...(missing.length === 0 ? [] : [`<p>${missing.map(escapeHtml).join('<br>')}</p>`]),
  ].join('');
  return {
    ...message([title, where, link, ...missing].join('\n'), html, block),
    info: mediaInfo(facts, thumbnail),
    [KEPT_BLOCK]: kept,
    ...inThread(root),
  };
}

/** A word about something that went wrong; in the thread when there is one. */
export function noticeMessage(text: string, block: Omit<NoticeBlock, 'kind'>, root: string | undefined): Content {
  return {
    ...message(text, undefined, { kind: 'notice', ...block }),
    ...(root === undefined ? {} : inThread(root)),
  };
}
