/** Lines of a transcript ask the player of their recording to show a moment. */

type Show = (atMs: number) => void;

const players = new Map<string, Set<Show>>();

/** @param recordingId the message with the recording @param atMs from its beginning */
export function showMoment(recordingId: string, atMs: number): void {
  for (const show of players.get(recordingId) ?? []) show(atMs);
}

/** @returns a function that ends it */
export function onMoment(recordingId: string, show: Show): () => void {
  const shows = players.get(recordingId) ?? new Set();
  players.set(recordingId, shows.add(show));
  return () => {
    shows.delete(show);
    if (shows.size === 0) players.delete(recordingId);
  };
}
