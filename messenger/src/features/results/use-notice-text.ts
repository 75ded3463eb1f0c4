import { useTranslation } from 'react-i18next';
import { isKnownNotice } from './known-notices.ts';

/** @returns what a notice says: in the reader's language where its code says it all, else as it was posted */
export function useNoticeText(): (code: string, posted: string) => string {
  const { t } = useTranslation();
  return (code, posted) => (isKnownNotice(code) ? t(`results.notices.${code}`) : posted);
}
