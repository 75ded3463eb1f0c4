import type { TranscriptMark } from '@palabre/protocol';

/** Of what may have been done by nobody who is known. */
const BY = { recording_paused: 'recording_paused_by', recording_resumed: 'recording_resumed_by' } as const;

/** The words that tell what happened. @param name of who did it; empty: nobody who is known */
export function markKey(kind: TranscriptMark['kind'], name: string) {
  const key = name !== '' && (kind === 'recording_paused' || kind === 'recording_resumed') ? BY[kind] : kind;
  return `transcript.mark.${key}` as const;
}
