import { CircleAlert } from 'lucide-react';
import { createRoot } from 'react-dom/client';
import { I18nextProvider } from 'react-i18next';
import { Provider } from 'react-redux';
import type { i18n } from 'i18next';
import { createAppearance } from './appearance.ts';
import type { Call } from './call/index.ts';
import type { CallOptions } from './call/call.ts';
import type { Doors } from './call/doors.ts';
import { followChimes } from './chime.ts';
import { CallContext } from './call-context.ts';
import { recallCaptionsLook } from './features/captions/index.ts';
import { recallShortcuts } from './features/controls/index.ts';
import { Message } from './features/ending/index.ts';
import type { Host } from './host/index.ts';
import { changeLanguage, createTranslations, languageOf, type Catalogue, type Language } from './i18n/index.ts';
import { Screen } from './screen.tsx';
import { captionsLookChosen, createObserver, createStore, shortcutsSwitched } from './store/index.ts';
import './ui/tokens.css';
import './ui/base.css';

export interface Assembly {
  readonly host: Host;
  readonly doors: Doors;
  readonly language: Language;
  readonly catalogue: Catalogue;
  readonly createCall: (options: CallOptions) => Call;
  readonly createEncryptionWorker: () => Worker;
}

function rootElement(): HTMLElement {
  const root = document.getElementById('root');
  if (root === null) throw new Error('the page has no root');
  return root;
}

/** What is not needed for the first picture, fetched when the machine has nothing better to do. */
function fetchTheRest(): void {
  const idle = (run: () => void): void => {
    // Safari has no such thing.
    if ('requestIdleCallback' in window) window.requestIdleCallback(run);
    else setTimeout(run, 1000);
  };
  setTimeout(() => {
    idle(() => {
      void import('./features/people/people.tsx');
      void import('./features/settings/settings.tsx');
      void import('./features/reactions/picker.tsx');
    });
  }, 4000);
}

/** Wires messenger, call, store and screen. */
export async function start({
  host,
  doors,
  language,
  catalogue,
  createCall,
  createEncryptionWorker,
}: Assembly): Promise<void> {
  const { parameters } = host;
  const applyTheme = createAppearance(document.documentElement, parameters.fontScale);
  applyTheme(parameters.theme);
  document.documentElement.lang = language;

  const store = createStore();
  store.dispatch(shortcutsSwitched(recallShortcuts()));
  store.dispatch(captionsLookChosen(recallCaptionsLook() ?? {}));
  const soundContainer = document.createElement('div');
  soundContainer.hidden = true;
  document.body.append(soundContainer);
  const call = createCall({ host, doors, observer: createObserver(store), soundContainer, createEncryptionWorker });

  followChimes(store);

  const translations = await createTranslations(language, catalogue);
  serveHost(host, call, store, translations, applyTheme);
  createRoot(rootElement()).render(
    <Provider store={store}>
      <I18nextProvider i18n={translations}>
        <CallContext value={call}>
          <Screen />
        </CallContext>
      </I18nextProvider>
    </Provider>,
  );
  fetchTheRest();
}

/** The messenger's wishes, and the state of our devices for its own buttons. */
function serveHost(
  host: Host,
  call: Call,
  store: ReturnType<typeof createStore>,
  translations: i18n,
  applyTheme: ReturnType<typeof createAppearance>,
): void {
  const mute = () => {
    const { microphone, camera } = store.getState().local;
    return { audioEnabled: microphone.wanted, videoEnabled: camera.wanted };
  };
  host.serve({
    hangup: () => void call.leave(),
    join({ audio, video }) {
      if (audio !== undefined) void call.local.setMicrophone(audio);
      if (video !== undefined) void call.local.setCamera(video);
      void call.join();
    },
    setMute({ audioEnabled, videoEnabled }) {
      if (audioEnabled !== undefined) void call.local.setMicrophone(audioEnabled);
      if (videoEnabled !== undefined) void call.local.setCamera(videoEnabled);
      return mute();
    },
    theme: applyTheme,
    language: (tag) => void changeLanguage(translations, languageOf(tag)),
  });
  let told = mute();
  store.subscribe(() => {
    const now = mute();
    if (now.audioEnabled === told.audioEnabled && now.videoEnabled === told.videoEnabled) return;
    told = now;
    host.tellMute(now);
  });
}

/** The page was opened without a messenger around it: says what is missing. */
export async function explainMissing(
  missing: readonly string[],
  language: Language,
  catalogue: Catalogue,
): Promise<void> {
  createAppearance(document.documentElement, 1)(undefined);
  document.documentElement.lang = language;
  const translations = await createTranslations(language, catalogue);
  createRoot(rootElement()).render(
    <Message
      icon={<CircleAlert size={32} aria-hidden="true" />}
      title={translations.t('problem.no_host.title')}
      text={translations.t('problem.no_host.todo', { missing: missing.join(', ') })}
      urgent
    />,
  );
}
