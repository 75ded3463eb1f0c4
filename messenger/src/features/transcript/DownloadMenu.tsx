import {
  captionsOf,
  correctors,
  entriesOf,
  filmsOf,
  formatClock,
  formatNames,
  markKey,
  shiftCues,
  useCorrectedCaptions,
  useLocale,
  useOrigin,
  useTranscriptRoom,
  type Attachment,
  type Captions,
  type Film,
  type ShownTranscript,
  type ThreadItem,
} from '@palabre/transcript';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { Button } from '../../ui/Button.tsx';
import { saveBlob } from '../timeline/use-download.ts';
import '../../ui/menu.css';

/** Saves the transcript and the captions of its films: as they were posted, and as they read now where somebody corrected them. */
export function DownloadMenu(props: {
  /** The messages of its thread. */
  readonly items: readonly ThreadItem[];
  readonly transcript: ShownTranscript;
}) {
  const { t } = useTranslation();
  const { media } = useAccount();
  const locale = useLocale();
  const { nameOf } = useTranscriptRoom();
  const { block, lines, marks, files } = props.transcript;
  const origin = useOrigin(block);
  const correctCaptions = useCorrectedCaptions(props.transcript);
  const [state, setState] = useState<'idle' | 'loading' | 'failed'>('idle');
  const isCorrected = lines.some(({ texts, names }) => texts.length > 1 || names.length > 1);

  const saveCorrected = (): void => {
    const written = entriesOf(lines, marks).map((entry) => {
      if (entry.kind === 'mark') {
        const { at_ms: atMs, kind, name = '' } = entry.mark;
        return `[${formatClock(atMs)}] (${t(markKey(kind, name), { name })})`;
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
  const load = async ({ source, mimeType }: Attachment, then: (blob: Blob) => Promise<void> | void): Promise<void> => {
    setState('loading');
    try {
      await then(await media.load(source, mimeType));
      setState('idle');
    } catch (error) {
      console.error(error);
      setState('failed');
    }
  };
  const save = (attachment: Attachment): Promise<void> => load(attachment, (blob) => saveBlob(blob, attachment.name));
  const saveCaptions = ({ block: film }: Film, { attachment, shiftMs }: Captions): Promise<void> =>
    load(attachment, async (blob) => {
      const vtt = correctCaptions(shiftCues(await blob.text(), shiftMs), film);
      saveBlob(new Blob([vtt], { type: 'text/vtt' }), t('transcript.correctedCaptionsFile', { name: attachment.name }));
    });
  const films = filmsOf(props.items, block.meeting_id).flatMap((film) => {
    const captions = captionsOf(props.items, film.id, film.block);
    return captions === undefined ? [] : [{ film, captions }];
  });

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
              const filmed = films.find(({ film }) => film.id === key);
              if (file !== undefined) void save(file.attachment);
              else if (filmed !== undefined) void saveCaptions(filmed.film, filmed.captions);
              else saveCorrected();
            }}
          >
            {isCorrected && (
              <MenuItem id="corrected" className="menu-item">
                {t('transcript.downloadCorrected')}
              </MenuItem>
            )}
            {isCorrected &&
              films.map(({ film }) => (
                <MenuItem key={film.id} id={film.id} className="menu-item">
                  {films.length === 1
                    ? t('transcript.downloadCorrectedCaptions')
                    : t('transcript.downloadCorrectedCaptionsOf', {
                        time: formatClock(film.block.started_ms - (block.started_ms ?? film.block.started_ms)),
                      })}
                </MenuItem>
              ))}
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
