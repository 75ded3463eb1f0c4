import type { TranscriptFile } from '@palabre/transcript';
import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { useDownload } from '../timeline/use-download.ts';

/** Saves a transcript in one of its forms. */
export function FileButton(props: { readonly file: TranscriptFile }) {
  const { t } = useTranslation();
  const download = useDownload(props.file.attachment);
  return (
    <Button
      small
      icon={<Download size={16} />}
      busy={download.state === 'loading'}
      data-testid={`transcript-${props.file.format}`}
      onPress={download.start}
    >
      {download.state === 'failed'
        ? t('common.retry')
        : t('results.downloadAs', { format: props.file.format.toUpperCase() })}
    </Button>
  );
}
