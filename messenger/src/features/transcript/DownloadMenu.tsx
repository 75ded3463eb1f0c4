import {
  correctors,
  entriesOf,
  formatClock,
  formatNames,
  useLocale,
  useOrigin,
  useTranscriptRoom,
  type ShownTranscript,
  type TranscriptFile,
} from '@palabre/transcript';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { Button } from '../../ui/Button.tsx';
import { saveBlob } from '../timeline/use-download.ts';
import '../../ui/menu.css';

/** Saves the transcript: in each form that was posted, and as it reads now where it was corrected. */
export function DownloadMenu(props: { readonly transcript: ShownTranscript }) {
  const { t } = useTranslation();
  const { media } = useAccount();
  const locale = useLocale();
  const { nameOf } = useTranscriptRoom();
  const { block, lines, marks, files } = props.transcript;
  const origin = useOrigin(block);
  const [state, setState] = useState<'idle' | 'loading' | 'failed'>('idle');
  const isCorrected = lines.some(({ texts, names }) => texts.length > 1 || names.length > 1);

  const saveCorrected = (): void => {
    const written = entriesOf(lines, marks).map((entry) => {
      if (entry.kind === 'mark') {
        const { at_ms: atMs, kind, name = '' } = entry.mark;
        return `[${formatClock(atMs)}] (${t(`transcript.mark.${kind}`, { name })})`;
      }
      const { line, name, text } = entry.corrected;
      const microphone = name === line.name ? '' : ` (${t('transcript.microphone', { name: line.name })})`;
      const names = formatNames(correctors(entry.corrected).map(nameOf), locale);
      const by = names === '' ? '' : ` [${t('transcript.corrected', { names })}]`;
      return `[${formatClock(line.start_ms)}] ${name}${microphone}: ${text}${by}`;
    });
    const said = [...written, '', origin];
    saveBlob(new Blob([`${said.join('\n')}\n`], { type: 'text/plain' }), t('transcript.correctedFile'));
  };
  const save = async ({ attachment }: TranscriptFile): Promise<void> => {
    setState('loading');
    try {
      saveBlob(await media.load(attachment.source, attachment.mimeType), attachment.name);
      setState('idle');
    } catch (error) {
      console.error(error);
      setState('failed');
    }
  };

  if (files.length === 0 && !isCorrected) return null;
  return (
    <>
      {state === 'failed' && (
        <small className="page-failed" role="alert">
          {t('results.mediaFailed')}
        </small>
      )}
      <MenuTrigger>
        <Button small icon={<Download size={16} />} busy={state === 'loading'} data-testid="transcript-download">
          {t('results.download')}
        </Button>
        <Popover className="menu-popover" placement="bottom end">
          <Menu
            aria-label={t('results.download')}
            onAction={(key) => {
              const file = files.find(({ eventId }) => eventId === key);
              if (file === undefined) saveCorrected();
              else void save(file);
            }}
          >
            {isCorrected && (
              <MenuItem id="corrected" className="menu-item">
                {t('transcript.downloadCorrected')}
              </MenuItem>
            )}
            {files.map(({ eventId, format }) => (
              <MenuItem key={eventId} id={eventId} className="menu-item">
                {t('results.downloadAs', { format: format.toUpperCase() })}
              </MenuItem>
            ))}
          </Menu>
        </Popover>
      </MenuTrigger>
    </>
  );
}
