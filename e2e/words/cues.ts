/** One cue of a WebVTT file. */
export interface Cue {
  readonly startMs: number;
  readonly endMs: number;
  readonly speaker: string;
  readonly text: string;
}

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

function milliseconds(timestamp: string): number {
  const parts = timestamp.split(':').map(Number);
  return Math.round(parts.reduce((sum, part) => sum * 60 + part, 0) * 1000);
}

/** Reads WebVTT as our own files use it: one voice span per cue. @throws when it is not WebVTT */
export function cuesOf(file: string): Cue[] {
  if (!file.startsWith('WEBVTT')) throw new Error('not a WebVTT file');
  const cues: Cue[] = [];
  for (const block of file.split(/\n\n+/).slice(1)) {
    const match = /(\d[\d:.]+) --> (\d[\d:.]+)[^\n]*\n([\s\S]+)/.exec(block);
    if (match === null) continue;
    const [, start = '', end = '', body = ''] = match;
    const voice = /^<v(?:\.[^ >]+)? ([^>]*)>([\s\S]*)$/.exec(body.trim());
    const plain = (text: string) =>
      text.replaceAll(/<[^>]+>/g, '').replaceAll(/&amp;|&lt;|&gt;/g, (entity) => entities[entity] ?? entity);
    cues.push({
      startMs: milliseconds(start),
      endMs: milliseconds(end),
      speaker: plain(voice?.[1] ?? ''),
      text: plain(voice?.[2] ?? body).trim(),
    });
  }
  return cues;
}
