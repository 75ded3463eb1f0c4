import { SurroundingsContext } from '@palabre/transcript';
import { ArrowLeft, X } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useCall } from '../../call-context.ts';
import { dialogOpened, useAppDispatch } from '../../store/index.ts';
import { MeetingList } from './list.tsx';
import { MeetingPage } from './page.tsx';
import { PARTS } from './parts.tsx';
import { useMeetings, type ListedMeeting } from './use-meetings.ts';
import { useDate } from './use-date.ts';
import { openRoomResults, type RoomResults } from './room-results.ts';
import { addWords } from './words/index.ts';
import '../../ui/dialog.css';
import './tokens.css';
import './results.css';

type Opening =
  | { readonly kind: 'opening' | 'refused' | 'noBots' | 'failed' }
  | { readonly kind: 'open'; readonly results: RoomResults };

/** What was kept of the meetings of this room: a list, and a page for each. Over the call, which goes on. */
export default function ResultsDialog() {
  const { t, i18n } = useTranslation();
  addWords(i18n);
  const dispatch = useAppDispatch();
  const { results: access } = useCall();
  const [attempt, setAttempt] = useState(0);
  const [opening, setOpening] = useState<Opening>({ kind: 'opening' });
  useEffect(() => {
    let gone = false;
    const tell = (next: Opening): void => {
      if (!gone) setOpening(next);
    };
    openRoomResults(access).then(
      (results) => tell(typeof results === 'string' ? { kind: results } : { kind: 'open', results }),
      () => tell({ kind: 'failed' }),
    );
    return () => {
      gone = true;
    };
  }, [access, attempt]);
  const again = (): void => {
    setOpening({ kind: 'opening' });
    setAttempt(attempt + 1);
  };
  return (
    <ModalOverlay
      className="results-veil"
      isOpen
      onOpenChange={(open) => {
        if (!open) dispatch(dialogOpened('none'));
      }}
    >
      <Modal className="results-modal">
        <Dialog className="results" data-testid="results-page">
          {opening.kind === 'open' ? (
            <Opened results={opening.results} onFailure={() => setOpening({ kind: 'failed' })} />
          ) : (
            <>
              <Head title={t('meetings.title')} />
              {opening.kind === 'opening' ? (
                <p className="results-note" role="status">
                  <span className="spinner" aria-hidden="true" />
                  {t('meetings.loading')}
                </p>
              ) : (
                <div className="results-note" role="alert">
                  <p>{t(`meetings.${opening.kind}`)}</p>
                  <PARTS.Button small onPress={again}>
                    {t('common.retry')}
                  </PARTS.Button>
                </div>
              )}
            </>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Head(props: { readonly title: string; readonly onBack?: () => void }) {
  const { t } = useTranslation();
  const { onBack } = props;
  return (
    <header className="results-head">
      {onBack !== undefined && (
        <Button className="icon-button" aria-label={t('meetings.back')} data-testid="results-back" onPress={onBack}>
          <ArrowLeft size={20} aria-hidden="true" />
        </Button>
      )}
      <Heading slot="title" level={1} className="results-title">
        {props.title}
      </Heading>
      <Button slot="close" className="icon-button" aria-label={t('close')} data-testid="results-close">
        <X size={20} aria-hidden="true" />
      </Button>
    </header>
  );
}

function Opened(props: { readonly results: RoomResults; readonly onFailure: () => void }) {
  const { t } = useTranslation();
  const { results } = props;
  const date = useDate();
  const list = useMeetings(results, props.onFailure);
  const [shown, setShown] = useState<ListedMeeting>();
  useEffect(() => () => results.media.close(), [results]);
  const surroundings = useMemo(() => ({ media: results.media, parts: PARTS }), [results]);
  return (
    <SurroundingsContext value={surroundings}>
      <Head
        title={shown === undefined ? t('meetings.title') : date(shown.startedMs)}
        {...(shown === undefined ? {} : { onBack: () => setShown(undefined) })}
      />
      {!results.files && <p className="results-sentence">{t('meetings.noFiles')}</p>}
      {shown === undefined ? (
        <MeetingList list={list} onOpen={setShown} />
      ) : (
        <MeetingPage key={shown.rootId} results={results} meeting={shown} />
      )}
    </SurroundingsContext>
  );
}
