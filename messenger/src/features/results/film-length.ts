import type { RecordingBlock } from '@palabre/protocol';
import { formatClock } from '@palabre/transcript';
import { useTranslation } from 'react-i18next';

/** How long a film is: less than what was recorded of the meeting lasted, where it was paused. */
export function useFilmLength(): (block: RecordingBlock) => string {
  const { t } = useTranslation();
  return ({ duration_ms: durationMs, pauses }) => {
    const duration = formatClock(durationMs);
    return pauses === undefined ? duration : t('results.withoutPauses', { duration });
  };
}
