/** Cues of the WebVTT files that the bridge writes (https://www.w3.org/TR/webvtt1/). Pure. */

export interface Cue {
  /** What stands above its words: its number and its times. */
  readonly head: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly name: string;
  readonly text: string;
}

const TIMES = /^(?:(\d+):)?(\d{2}):(\d{2})\.(\d{3}) --> (?:(\d+):)?(\d{2}):(\d{2})\.(\d{3})/;
const VOICE = /^<v ([^>]*)>/;

const plain = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&').trim();
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(/\s+/g, ' ').trim();

/** @param part what stands between two empty lines @returns undefined for what is no cue: the header, a comment */
function cueIn(part: string): Cue | undefined {
  const lines = part.split('\n');
  const at = lines.findIndex((line, index) => index < 2 && TIMES.test(line));
  const times = TIMES.exec(lines[at] ?? '')
    ?.slice(1)
    .map((digits: string | undefined) => Number(digits ?? 0));
  if (times === undefined) return undefined;
  const [h = 0, m = 0, s = 0, ms = 0, toH = 0, toM = 0, toS = 0, toMs = 0] = times;
  const words = lines
    .slice(at + 1)
    .join(' ')
    .trim();
  return {
    head: lines.slice(0, at + 1).join('\n'),
    startMs: ((h * 60 + m) * 60 + s) * 1000 + ms,
    endMs: ((toH * 60 + toM) * 60 + toS) * 1000 + toMs,
    name: plain(VOICE.exec(words)?.[1] ?? ''),
    text: plain(words.replace(VOICE, '')),
  };
}

/** A file in its parts: cues, and what is none as it stands. */
export function vttParts(vtt: string): readonly (Cue | string)[] {
  return vtt
    .trim()
    .split(/\n{2,}/)
    .map((part) => cueIn(part) ?? part);
}

export function cuesIn(vtt: string): readonly Cue[] {
  return vttParts(vtt).filter((part) => typeof part !== 'string');
}

/** @param notes comments below the header, one each; players do not show them */
export function writeVtt(parts: readonly (Cue | string)[], notes: readonly string[] = []): string {
  const written = parts.map((part) =>
    typeof part === 'string' ? part : `${part.head}\n<v ${escaped(part.name) || '?'}>${escaped(part.text)}`,
  );
  const comments = notes.map((note) => `NOTE\n${note.replaceAll(/\s+/g, ' ').replaceAll('-->', '→')}`);
  return `${[...written.slice(0, 1), ...comments, ...written.slice(1)].join('\n\n')}\n`;
}
