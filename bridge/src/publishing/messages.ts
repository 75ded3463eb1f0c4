import {
  KEPT_BLOCK,
  RESULT_BLOCK,
  type EngineProvenance,
  type Gap,
  type Kept,
  type MeetingBlock,
  type NoticeBlock,
  type RecordingBlock,
  type ResultBlock,
  type TranscriptBlock,
  type TranscriptMark,
} from '@palabre/protocol';
import { clockTime, type Paragraph } from '../transcription/index.ts';
import type { Uploaded } from './attachments.ts';
import { consentTextsFor } from './consent-texts.ts';
import { durationText, namesText, sizeText, textsFor, type KeptWork, type RoomLanguage, type Texts } from './texts.ts';

/** Contents of what is posted about one meeting: text for people, a block for programs, the thread they belong to. Pure. */

export type Content = Record<string, unknown>;

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

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
  /** Where consent is asked: how many agreed to something, and how many did not. */
  readonly consent?: { readonly agreed: number; readonly others: number } | undefined;
}

function asksFor(language: RoomLanguage, { agreed, others }: NonNullable<MeetingState['consent']>): string {
  return consentTextsFor(language).asked(agreed, others);
}

/** Who did not agree to be in a result. */
function notKeptLines(count: number | undefined, what: KeptWork, language: RoomLanguage): string[] {
  return count === undefined || count === 0 ? [] : [consentTextsFor(language).notKept(count, what)];
}

function meetingText({ block, doing, consent }: MeetingState, language: RoomLanguage): string {
  const texts = textsFor(language);
  const preparing = (block.preparing ?? []).map(({ what }) => texts.preparing[what]);
  if (block.state === 'running') {
    const asked = consent === undefined || doing.length === 0 ? [] : [asksFor(language, consent)];
    return [texts.meetingRunning(doing, block.recording?.phase === 'paused'), ...preparing, ...asked].join('\n');
  }
  const duration = durationText((block.ended_ms ?? block.started_ms) - block.started_ms);
  const names = block.participants.map(({ name }) => name);
  return [texts.meetingEnded(duration, names.length === 0 ? '–' : namesText(names, language)), ...preparing].join('\n');
}

/** The message that opens the thread. */
export function meetingMessage(state: MeetingState, language: RoomLanguage): Content {
  return message(meetingText(state, language), undefined, state.block);
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
  return gaps.map((gap) => texts.gap(clockTime(gap.start_ms), clockTime(gap.end_ms), gap.reason, gap.name));
}

/** What was said and what happened, in order of time. */
type Entry = { readonly paragraph: Paragraph } | { readonly mark: TranscriptMark };

function entriesOf(paragraphs: readonly Paragraph[], marks: readonly TranscriptMark[], zeroMs: number): Entry[] {
  const atMs = (entry: Entry): number =>
    'mark' in entry ? entry.mark.at_ms : Math.round(entry.paragraph.startMs - zeroMs);
  return [...marks.map((mark) => ({ mark })), ...paragraphs.map((paragraph) => ({ paragraph }))].sort(
    (a, b) => atMs(a) - atMs(b),
  );
}

function markText(mark: TranscriptMark, texts: Texts): string {
  return texts.mark(mark.kind, mark.name ?? mark.user_id ?? '');
}

/** Plain text of the whole transcript, as a file. Times are from `zeroMs`. */
export function transcriptFile(
  paragraphs: readonly Paragraph[],
  gaps: readonly Gap[],
  zeroMs: number,
  language: RoomLanguage,
  engines: readonly EngineProvenance[] = [],
  notKept?: number,
  marks: readonly TranscriptMark[] = [],
): string {
  const texts = textsFor(language);
  const lines = entriesOf(paragraphs, marks, zeroMs).map((entry) => {
    if ('mark' in entry) return `[${clockTime(entry.mark.at_ms)}] (${markText(entry.mark, texts)})`;
    const { name, startMs, text } = entry.paragraph;
    return `[${clockTime(startMs - zeroMs)}] ${name}: ${text}`;
  });
  const body = [...(paragraphs.length === 0 ? [texts.transcriptEmpty] : []), ...lines];
  const absent = [...gapLines(gaps, texts), ...notKeptLines(notKept, 'transcription', language)];
  const missing = absent.length === 0 ? [] : [`${texts.gapsTitle}:`, ...absent];
  return `${[...body, ...missing, ...texts.engines(engines)].join('\n')}\n`;
}

/** An event must stay below 64 KiB, also as base64 of its ciphertext; text, HTML and block each hold every word once. */
const LARGEST_PART_BYTES = 9_000;
const MOST_PARTS = 8;

/** What an entry takes beside its words: markup, times, ids. */
const ENTRY_BYTES = 170;

function partsOf(entries: readonly Entry[]): Entry[][] {
  const parts: Entry[][] = [[]];
  let size = 0;
  for (const entry of entries) {
    const { name = '', text } = 'mark' in entry ? { name: entry.mark.name, text: '' } : entry.paragraph;
    const bytes = Buffer.byteLength(text) + Buffer.byteLength(name) + ENTRY_BYTES;
    if (size > 0 && size + bytes > LARGEST_PART_BYTES) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(entry);
    size += bytes;
  }
  return parts;
}

export type TranscriptFacts = Omit<TranscriptBlock, 'kind' | 'format' | 'lines' | 'marks'> & {
  readonly started_ms: number;
};

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
  const all = partsOf(entriesOf(paragraphs, marks, zeroMs));
  const parts = all.slice(0, MOST_PARTS);
  return parts.map((part, index) => {
    const said = part.flatMap((entry) => ('paragraph' in entry ? [entry.paragraph] : []));
    const happened = part.flatMap((entry) => ('mark' in entry ? [entry.mark] : []));
    const isLast = index === parts.length - 1;
    const title = texts.transcriptTitle(index + 1, parts.length);
    const empty = paragraphs.length === 0 ? [texts.transcriptEmpty] : [];
    const rest = isLast && all.length > parts.length ? [texts.transcriptRest] : [];
    const missing = isLast
      ? [...gapLines(facts.gaps, texts), ...notKeptLines(facts.not_kept, 'transcription', language)]
      : [];
    const engines = isLast ? texts.engines(facts.provenance ?? []) : [];
    const body = [
      title,
      ...part.map((entry) => {
        if ('mark' in entry) return `(${clockTime(entry.mark.at_ms)}) ${markText(entry.mark, texts)}`;
        const { name, startMs, text } = entry.paragraph;
        return `${name} (${clockTime(startMs - zeroMs)}): ${text}`;
      }),
      ...empty,
      ...rest,
      ...(missing.length === 0 ? [] : [`${texts.gapsTitle}:`, ...missing]),
      ...engines,
    ].join('\n\n');
    const html = [
      `<h4>${escapeHtml(title)}</h4>`,
      ...part.map((entry) => {
        if ('mark' in entry)
          return `<p><code>${clockTime(entry.mark.at_ms)}</code> <em>${escapeHtml(markText(entry.mark, texts))}</em></p>`;
        const { name, startMs, text } = entry.paragraph;
        return `<p><strong>${escapeHtml(name)}</strong> <code>${clockTime(startMs - zeroMs)}</code><br>${escapeHtml(text)}</p>`;
      }),
      ...[...empty, ...rest].map((text) => `<p><em>${escapeHtml(text)}</em></p>`),
      ...(missing.length === 0
        ? []
        : [
            `<p><strong>${escapeHtml(texts.gapsTitle)}</strong></p><ul>${missing.map((text) => `<li>${escapeHtml(text)}</li>`).join('')}</ul>`,
          ]),
      ...engines.map((text) => `<p><em>${escapeHtml(text)}</em></p>`),
    ].join('');
    const block: TranscriptBlock = {
      kind: 'transcript',
      format: 'text',
      ...facts,
      lines: said.map(({ id, userId, voice, name, startMs, endMs, text }) => ({
        id,
        user_id: userId,
        ...(voice === undefined ? {} : { voice }),
        name,
        start_ms: Math.round(startMs - zeroMs),
        end_ms: Math.round(endMs - zeroMs),
        text,
      })),
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
  const block: TranscriptBlock = { kind: 'transcript', format, ...facts };
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

export function recordingMessage(
  file: FileFacts & { readonly thumbnail: Thumbnail | undefined },
  uploaded: Uploaded,
  facts: Omit<RecordingBlock, 'kind'>,
  root: string,
  language: RoomLanguage,
): Content {
  const texts = textsFor(language);
  const block: RecordingBlock = { kind: 'recording', ...facts };
  const missing = [...gapLines(facts.gaps, texts), ...notKeptLines(facts.not_kept, 'recording', language)];
  const caption = [
    texts.recordingTitle(durationText(facts.duration_ms)),
    ...(missing.length === 0 ? [] : [`${texts.gapsTitle}:`, ...missing]),
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
  const block: RecordingBlock = { kind: 'recording', ...facts };
  const title = texts.recordingTitle(durationText(facts.duration_ms));
  const where = texts.recordingKept(sizeText(kept.bytes, language));
  const missing = gapLines(facts.gaps, texts);
  const gaps = missing.length === 0 ? [] : [`${texts.gapsTitle}:`, ...missing];
  const html = [
    `<p>${escapeHtml(title)}<br>${escapeHtml(where)}<br><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></p>`,
    ...(gaps.length === 0 ? [] : [`<p>${gaps.map(escapeHtml).join('<br>')}</p>`]),
  ].join('');
  return {
    ...message([title, where, link, ...gaps].join('\n'), html, block),
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
