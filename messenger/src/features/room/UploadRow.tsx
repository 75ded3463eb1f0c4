import { RotateCcw, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import type { Upload } from '../../store/slices.ts';
import { Button, IconButton } from '../../ui/Button.tsx';

/** A file on its way, or one that did not make it. */
export function UploadRow(props: { readonly upload: Upload }) {
  const { t } = useTranslation();
  const { files } = useAccount();
  const { upload } = props;
  const percent = upload.totalBytes === 0 ? 0 : Math.floor((upload.loadedBytes / upload.totalBytes) * 100);
  const { name } = upload;
  return (
    <li className="upload" data-state={upload.state}>
      <span className="upload-text" role={upload.state === 'uploading' ? 'status' : 'alert'}>
        {upload.state === 'uploading'
          ? t('composer.uploading', { name, percent })
          : upload.state === 'too-large'
            ? t('composer.uploadTooLarge', { name })
            : t('composer.uploadFailed', { name })}
      </span>
      {upload.state === 'uploading' && <progress value={percent} max={100} aria-hidden="true" />}
      {upload.state === 'failed' && (
        <Button small icon={<RotateCcw size={14} />} onPress={() => files.retry(upload.id)}>
          {t('common.retry')}
        </Button>
      )}
      <IconButton
        label={t('composer.cancelUpload', { name })}
        icon={<X size={16} />}
        onPress={() => files.cancel(upload.id)}
      />
    </li>
  );
}
