import type { Attachment } from '@palabre/transcript';
import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { useDownload } from '../timeline/use-download.ts';

/** Saves one of the files of a result. */
export function FileButton(props: {
  readonly attachment: Attachment;
  readonly label: string;
  readonly testId: string;
}) {
  const { t } = useTranslation();
  const download = useDownload(props.attachment);
  return (
    <Button
      small
      icon={<Download size={16} />}
      busy={download.state === 'loading'}
      data-testid={props.testId}
      onPress={download.start}
    >
      {download.state === 'failed' ? t('common.retry') : props.label}
    </Button>
  );
}
