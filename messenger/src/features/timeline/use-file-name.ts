import { useTranslation } from 'react-i18next';
import type { Attachment } from '../../matrix/attachment.ts';

/** What a file is called: by its sender, else by its kind. */
export function useFileName({ name, type }: Attachment): string {
  const { t } = useTranslation();
  return name === '' ? t(`rooms.preview.${type}`) : name;
}
