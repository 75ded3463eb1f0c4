import { Reader, TranscriptRoomContext, useLocale, useTranscript } from '@palabre/transcript';
import { ArrowLeft } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount } from '../../app/context.ts';
import { navigate } from '../../app/route.ts';
import type { TimelineItem } from '../../store/model.ts';
import { useAppSelector } from '../../store/store.ts';
import { Spinner } from '../../ui/Banner.tsx';
import { IconButton } from '../../ui/Button.tsx';
import { MissingReplies } from '../thread/MissingReplies.tsx';
import { DownloadMenu } from './DownloadMenu.tsx';
import { useTranscriptRoom } from './use-transcript-room.ts';
import './page.css';

const NONE: readonly TimelineItem[] = [];

interface Place {
  readonly roomId: string;
  readonly rootId: string;
  readonly eventId: string;
}

/** A transcript beside its recording: to read, to listen to, to search and to correct. */
export function TranscriptPage(props: Place) {
  const room = useTranscriptRoom(props.roomId, props.rootId);
  return (
    <TranscriptRoomContext value={room}>
      <Page {...props} />
    </TranscriptRoomContext>
  );
}

function Page(props: Place) {
  const { t } = useTranslation();
  const { observer } = useAccount();
  const { roomId, rootId, eventId } = props;
  const thread = useAppSelector((state) => state.rooms.threads[rootId]);
  const joined = useAppSelector((state) => state.rooms.byId[roomId]?.membership === 'join');
  useEffect(() => (joined ? observer.watchRoom(roomId) : undefined), [observer, roomId, joined]);
  useEffect(() => (joined ? observer.watchThread(roomId, rootId) : undefined), [observer, roomId, rootId, joined]);
  const items = thread?.items ?? NONE;
  const transcript = useTranscript(items, eventId);
  const locale = useLocale();
  const started = transcript?.block.started_ms;
  const title =
    started === undefined
      ? t('results.transcript')
      : t('transcript.title', {
          date: new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' }).format(started),
        });
  return (
    <main className="page transcript-page" data-testid="transcript-page" aria-label={title}>
      <header className="page-head">
        <IconButton
          label={t('transcript.back')}
          icon={<ArrowLeft size={20} />}
          data-testid="transcript-back"
          onPress={() => navigate({ roomId, panel: { kind: 'thread', rootId, eventId } })}
        />
        <h1>{title}</h1>
        {transcript !== undefined && <DownloadMenu items={items} transcript={transcript} />}
      </header>
      <MissingReplies
        rootId={rootId}
        failed={t(transcript === undefined ? 'thread.failed' : 'transcript.correctionsMissing')}
      />
      {transcript !== undefined ? (
        <Reader items={items} transcript={transcript} />
      ) : thread?.loading === false ? (
        !thread.failed && !thread.older && <p className="page-note">{t('transcript.missing')}</p>
      ) : (
        <div className="page-note">
          <Spinner label={t('common.loading')} />
        </div>
      )}
    </main>
  );
}
