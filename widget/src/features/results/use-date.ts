import { useLocale } from '@palabre/transcript';
import { useCallback } from 'react';

/** Day and time of a meeting. */
export function useDate(): (ms: number) => string {
  const locale = useLocale();
  return useCallback(
    (ms: number) => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' }).format(ms),
    [locale],
  );
}
