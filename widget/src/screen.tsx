import { Suspense, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { CaptionsPanel, CaptionsStrip, useCaptionsPlace } from './features/captions/index.ts';
import { ConsentAsk } from './features/consent/index.ts';
import { Controls } from './features/controls/index.ts';
import { Ending } from './features/ending/index.ts';
import { Lobby, Waiting } from './features/lobby/index.ts';
import { MinutesDialog } from './features/minutes/index.ts';
import { Notices } from './features/notices/index.ts';
import { People } from './features/people/index.ts';
import { RecordingOptions } from './features/recording/index.ts';
import { ResultsDialog } from './features/results/index.ts';
import { Settings, ShortcutsHelp } from './features/settings/index.ts';
import { Stage } from './features/stage/index.ts';
import { TopLine } from './features/top-line/index.ts';
import { panelToggled, selectAsked, useAppDispatch, useAppSelector } from './store/index.ts';
import { useReturnFocus } from './ui/focus.ts';
import { SMALL_CALL, useMediaQuery } from './ui/media-query.ts';
import './screen.css';

/** Says what changed to people who do not see it. */
function LiveRegion() {
  const { t } = useTranslation();
  const announcements = useAppSelector((state) => state.screen.announcements);
  return (
    <div className="visually-hidden" role="log" aria-live="polite" data-testid="announcements">
      {announcements.map(({ id, key, name, emoji }) => (
        <p key={id}>{t(`announce.${key}`, { name: name ?? '', emoji: emoji ?? '' })}</p>
      ))}
    </div>
  );
}

function InCall() {
  const dispatch = useAppDispatch();
  const panel = useAppSelector((state) => state.screen.panel);
  const dialog = useAppSelector((state) => state.screen.dialog);
  const small = useMediaQuery(SMALL_CALL);
  const captioned = useAppSelector((state) => state.captions.wanted);
  const asked = useAppSelector((state) => state.call.phase === 'joined' && selectAsked(state).length > 0);
  const place = useCaptionsPlace();
  const captions = (
    <Suspense fallback={null}>
      <CaptionsStrip />
    </Suspense>
  );
  const container = useRef<HTMLDivElement>(null);
  useReturnFocus(panel !== 'none', container);
  useReturnFocus(dialog !== 'none', container);
  useReturnFocus(asked, container);
  useEffect(() => {
    if (panel === 'none') return undefined;
    const close = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented) dispatch(panelToggled(panel));
    };
    document.addEventListener('keydown', close);
    return () => document.removeEventListener('keydown', close);
  }, [dispatch, panel]);
  return (
    <div className="in-call on-stage" ref={container}>
      <TopLine />
      <main className="in-call-middle">
        {/* What lies over the stage does not lie over the panel beside it. */}
        <div className="in-call-stage">
          <Notices />
          <Stage />
          {captioned && panel !== 'captions' && place === 'over' && captions}
          {asked && (
            <Suspense fallback={null}>
              <ConsentAsk />
            </Suspense>
          )}
        </div>
        {panel === 'captions' && !small && (
          <Suspense fallback={null}>
            <CaptionsPanel />
          </Suspense>
        )}
        {panel === 'people' && !small && (
          <Suspense fallback={null}>
            <People />
          </Suspense>
        )}
      </main>
      {captioned && panel !== 'captions' && place === 'below' && captions}
      <Controls />
      <Suspense fallback={null}>
        {dialog === 'settings' && <Settings />}
        {dialog === 'shortcuts' && <ShortcutsHelp />}
        {dialog === 'recording' && <RecordingOptions />}
      </Suspense>
    </div>
  );
}

/** What is on the screen, by where the call stands. */
export function Screen() {
  const { t } = useTranslation();
  const phase = useAppSelector((state) => state.call.phase);
  const dialog = useAppSelector((state) => state.screen.dialog);
  const isOpen = phase === 'lobby' || phase === 'joining' || phase === 'joined';
  return (
    <>
      <LiveRegion />
      {phase === 'preparing' && (
        <main className="page" role="status">
          <span className="opening">
            <span className="spinner" aria-hidden="true" />
            {t('app.loading')}
          </span>
        </main>
      )}
      {phase === 'lobby' && <Lobby />}
      {phase === 'waiting' && <Waiting />}
      {(phase === 'joining' || phase === 'joined') && <InCall />}
      {phase === 'ended' && <Ending />}
      {dialog === 'results' && isOpen && (
        <Suspense fallback={null}>
          <ResultsDialog />
        </Suspense>
      )}
      {dialog === 'minutes' && isOpen && (
        <Suspense fallback={null}>
          <MinutesDialog />
        </Suspense>
      )}
    </>
  );
}
