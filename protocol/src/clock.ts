/**
 * `4:07`, `1:02:09`: whole seconds that are over, wherever a moment or a length is told, so that no two places disagree. Never
 * negative: clocks of homeservers and browsers differ.
 */
export function formatClock(ms: number): string {
  // Documents hold whole milliseconds, and what is told beside them may be finer.
  const seconds = Math.max(0, Math.floor(Math.round(ms) / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
