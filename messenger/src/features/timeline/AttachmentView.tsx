import { Player, formatBytes, formatClock, harmlessType, useLocale, type Attachment } from '@palabre/transcript';
import { Download, FileText, Play } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { Button } from '../../ui/Button.tsx';
import { useDownload } from './use-download.ts';
import { useFileName } from './use-file-name.ts';
import './attachment.css';

/** Assumed of a picture that does not say its size. */
const PICTURE_EDGE = 640;
const LARGEST_HEIGHT = 320;

/** A picture in the room's width, opened in full by a click. */
function Picture(props: { readonly attachment: Attachment }) {
  const { t } = useTranslation();
  const { media } = useAccount();
  const { attachment } = props;
  const name = useFileName(attachment);
  const [url, setUrl] = useState<string>();
  const [failed, setFailed] = useState(false);
  const showable = harmlessType(attachment.mimeType).startsWith('image/');
  useEffect(() => {
    if (!showable) return undefined;
    let gone = false;
    let made: string | undefined;
    media.load(attachment.source, attachment.mimeType).then(
      (blob) => {
        if (gone) return;
        made = URL.createObjectURL(blob);
        setUrl(made);
      },
      () => {
        if (!gone) setFailed(true);
      },
    );
    return () => {
      gone = true;
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [media, attachment, showable]);
  if (!showable || failed) return <FileCard attachment={attachment} />;
  const { width = PICTURE_EDGE, height = (PICTURE_EDGE * 3) / 4 } = attachment;
  const box = { aspectRatio: `${width} / ${height}`, width: Math.min(width, (LARGEST_HEIGHT * width) / height) };
  if (url === undefined) return <div className="picture" style={box} role="status" aria-label={t('common.loading')} />;
  return (
    <a
      className="picture"
      href={url}
      target="_blank"
      rel="noopener noreferrer"
      style={box}
      aria-label={t('results.openPicture', { name })}
    >
      <img src={url} alt="" />
    </a>
  );
}

/** Name, size and the way to save it. */
export function FileCard(props: { readonly attachment: Attachment }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { attachment } = props;
  const name = useFileName(attachment);
  const download = useDownload(attachment);
  return (
    <div className="file-card">
      <span className="file-card-icon">
        <FileText size={20} aria-hidden="true" />
      </span>
      <span className="file-card-text">
        <span className="clip">{name}</span>
        <small className="numbers" role="status">
          {download.state === 'failed'
            ? t('results.mediaFailed')
            : download.state === 'loading'
              ? download.percent === undefined
                ? t('common.loading')
                : t('results.loadingMedia', { percent: download.percent })
              : attachment.sizeBytes === undefined
                ? ''
                : formatBytes(attachment.sizeBytes, locale)}
        </small>
      </span>
      <Button
        small
        icon={<Download size={16} />}
        aria-label={t('results.downloadFile', { name })}
        busy={download.state === 'loading'}
        onPress={download.start}
      >
        {t('results.download')}
      </Button>
    </div>
  );
}

/** A file of a message: shown in place where a browser can do so safely, else to be saved. */
export function AttachmentView(props: { readonly attachment: Attachment }) {
  const { t } = useTranslation();
  const { attachment } = props;
  const name = useFileName(attachment);
  switch (attachment.type) {
    case 'image':
      return <Picture attachment={attachment} />;
    case 'video':
    case 'audio':
      return (
        <figure className="media-figure">
          <Player
            attachment={attachment}
            loadCaptions={undefined}
            playLabel={t('results.playVideo')}
            icon={<Play size={22} fill="currentColor" />}
            duration={attachment.durationMs === undefined ? undefined : formatClock(attachment.durationMs)}
          />
          <figcaption className="clip">{name}</figcaption>
        </figure>
      );
    case 'file':
      return <FileCard attachment={attachment} />;
  }
}
