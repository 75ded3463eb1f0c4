import { textsFor, type RoomLanguage } from './texts.ts';

/** `transcript-2026-11-22T1403Z.txt`: those of several meetings lie in one folder. @param startedMs wall clock */
export function resultFileName(
  what: 'transcript' | 'recording',
  startedMs: number,
  extension: 'txt' | 'vtt' | 'json' | 'mp4' | 'm4a',
  language: RoomLanguage,
): string {
  const minute = new Date(startedMs).toISOString().slice(0, 16).replace(':', '');
  return `${textsFor(language).file[what]}-${minute}Z.${extension}`;
}

/** `22 November 2026, 14:03 – 14:25 UTC`: readers are in many places, and a file does not know where. */
export function whenText(startMs: number, endMs: number, language: RoomLanguage): string {
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'UTC',
    timeZoneName: 'short',
  }).formatRange(startMs, endMs);
}
