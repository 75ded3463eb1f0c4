const TIME = /(?:(\d+):)?(\d{2}):(\d{2})\.(\d{3})/g;

function write(ms: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(ms / 3_600_000);
  return `${two(hours)}:${two(Math.floor(ms / 60_000) % 60)}:${two(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`;
}

/** Moves every cue of a WebVTT file by `shiftMs`; nothing begins before zero. */
export function shiftCues(vtt: string, shiftMs: number): string {
  if (Math.round(shiftMs) === 0) return vtt;
  return vtt
    .split('\n')
    .map((line) =>
      line.includes('-->')
        ? line.replace(TIME, (_all, hours: string | undefined, minutes: string, seconds: string, ms: string) => {
            const total = ((Number(hours ?? 0) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(ms);
            return write(Math.max(0, Math.round(total + shiftMs)));
          })
        : line,
    )
    .join('\n');
}
