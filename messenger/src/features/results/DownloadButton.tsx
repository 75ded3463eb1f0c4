import { formatBytes, useLocale, type Attachment } from '@palabre/transcript';
import { Download } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/Button.tsx';
import { useDownload } from '../timeline/use-download.ts';

/** Saves a result's file; says how large it is, and how far it has come. */
export function DownloadButton(props: {
  readonly attachment: Attachment;
  /** What else can be saved. */
  readonly children?: ReactNode;
}) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { attachment } = props;
  const { state, percent, start } = useDownload(attachment);
  return (
    <footer className="card-foot">
      <Button small icon={<Download size={16} />} busy={state === 'loading'} onPress={start}>
        {state === 'loading' && percent !== undefined ? t('results.loadingMedia', { percent }) : t('results.download')}
      </Button>
      <small className="card-size numbers" role="status">
        {state === 'failed'
          ? t('results.mediaFailed')
          : attachment.sizeBytes === undefined
            ? ''
            : formatBytes(attachment.sizeBytes, locale)}
      </small>
      {props.children}
    </footer>
  );
}
