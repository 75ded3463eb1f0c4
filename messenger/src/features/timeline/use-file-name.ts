import type { Attachment } from '@palabre/transcript';
import { useTranslation } from 'react-i18next';

/** What a file is called: by its sender, else by its kind. */
export function useFileName({ name, type }: Attachment): string {
  const { t } = useTranslation();
  return name === '' ? t(`rooms.preview.${type}`) : name;
}
