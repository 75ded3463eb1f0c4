import type { MeetingNow } from './room-voice.ts';

/** What one run says of its meeting. */
export type RunNews = Omit<MeetingNow, 'over' | 'runs'> & { readonly id: string };

/** A meeting has one message, which all its runs bring up to date: one records while another still waits to post what it has. */
export function newsOfMeeting(news: readonly RunNews[]): Omit<MeetingNow, 'over'> {
  const preparing = news.flatMap((one) => one.preparing ?? []);
  const recording = news.find((one) => one.recording !== undefined)?.recording;
  return {
    runs: news.map(({ id }) => id),
    doing: [...new Set(news.flatMap(({ doing }) => doing))],
    consent: news.find(({ doing, consent }) => doing.length > 0 && consent !== undefined)?.consent,
    ...(preparing.length === 0 ? {} : { preparing }),
    ...(recording === undefined ? {} : { recording }),
  };
}
